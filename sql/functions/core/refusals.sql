-- refusals: every refusal there is.
CREATE VIEW bank.refusals AS
SELECT
    r.code,
    r.name,
    r.hint
FROM engine.refusals AS r
ORDER BY r.code;
COMMENT ON VIEW bank.refusals IS
    'Every refusal: its SQLSTATE, the name that is its MESSAGE, and its HINT, where {member} '
    'stands for that member of DETAIL, a JSON object, and what is in [brackets] may be left out.';
GRANT SELECT ON bank.refusals TO bank_teller, bank_operator, bank_auditor;
