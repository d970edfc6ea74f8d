-- operations: every operation that a leg can be of.
CREATE VIEW bank.operations AS
SELECT
    o.operation,
    o.title,
    o.about
FROM engine.operations AS o
ORDER BY o.operation;
COMMENT ON VIEW bank.operations IS
    'Every operation that a leg, a line of a history or an event can be of, and what it says.';
GRANT SELECT ON bank.operations TO bank_teller, bank_operator, bank_auditor;
