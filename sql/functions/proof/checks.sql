-- checks: what bank.verify_ledger and bank.verify_account look at.
CREATE VIEW bank.checks AS
SELECT
    c."check",
    c.promise,
    c.by_account
FROM engine.checks AS c;
COMMENT ON VIEW bank.checks IS
    'What bank.verify_ledger looks at: each check, what it promises, and whether '
    'bank.verify_account looks at it, too.';
GRANT SELECT ON bank.checks TO bank_operator, bank_auditor;
