-- legs: both sides of every transaction, as auditors read them.
CREATE VIEW bank.legs AS
SELECT
    t.transaction_id,
    t."timestamp",
    t.recorded_at,
    t.operation,
    t.account_id,
    a.currency,
    t.amount,
    t.balance_after,
    t.contra_account_id,
    t.payment_ref,
    t.reverses,
    t.metadata,
    t.details,
    t.version,
    encode(t.hash, 'hex') AS hash
FROM ledger.ledger_transactions AS t
INNER JOIN ledger.accounts AS a ON t.account_id = a.account_id
UNION ALL
SELECT
    c.transaction_id,
    c."timestamp",
    NULL,
    c.operation,
    c.account_id,
    a.currency,
    c.amount,
    NULL,
    c.contra_account_id,
    c.payment_ref,
    NULL,
    c.metadata,
    NULL,
    NULL,
    NULL
FROM ledger.collected_credits AS c
INNER JOIN ledger.accounts AS a ON c.account_id = a.account_id
UNION ALL
SELECT
    t.transaction_id,
    t."timestamp",
    t.recorded_at,
    t.operation,
    t.contra_account_id,
    a.currency,
    -t.amount,
    NULL,
    t.account_id,
    t.payment_ref,
    t.reverses,
    t.metadata,
    t.details,
    NULL,
    NULL
FROM ledger.ledger_transactions AS t
INNER JOIN ledger.accounts AS a ON t.account_id = a.account_id
WHERE t.contra_account_id LIKE '@%';
COMMENT ON VIEW bank.legs IS
    'Both sides of every transaction: customer legs as posted, credits that a collecting account '
    'has not folded yet (no version, no hash), and the house sides that customer legs imply '
    '(@external, @payments, @cashback, @fees, @exchange), which are derived and have no balance '
    'or hash.';
GRANT SELECT ON bank.legs TO bank_auditor;
