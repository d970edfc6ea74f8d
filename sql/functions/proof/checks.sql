-- checks: what bank.verify_ledger looks at.
CREATE VIEW bank.checks AS
SELECT
    c."check",
    c.promise
FROM engine.checks AS c;
COMMENT ON VIEW bank.checks IS 'What bank.verify_ledger looks at: each check and what it promises.';
GRANT SELECT ON bank.checks TO bank_operator, bank_auditor;
