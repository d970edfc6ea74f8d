-- legs: both sides of every transaction, as auditors read them.
CREATE VIEW bank.legs AS
SELECT
    t.transaction_id,
    t.leg,
    t."timestamp",
    t.recorded_at,
    coalesce(t.value_at, t."timestamp") AS value_at,
    t.operation,
    t.account_id,
    a.currency,
    t.amount,
    t.balance_after,
    t.contra_account_id,
    t.payment_ref,
    t.refers_to,
    concat_ws('/', t.actor, t.on_behalf_of) AS actor,
    t.metadata,
    t.posting_metadata,
    t.details,
    t.version,
    encode(t.hash, 'hex') AS hash
FROM ledger.ledger_transactions AS t
INNER JOIN ledger.accounts AS a ON t.account_id = a.account_id
UNION ALL
SELECT
    c.transaction_id,
    c.leg,
    c."timestamp",
    NULL,
    coalesce(c.value_at, c."timestamp"),
    c.operation,
    c.account_id,
    a.currency,
    c.amount,
    NULL,
    c.contra_account_id,
    c.payment_ref,
    NULL,
    concat_ws('/', c.actor, c.on_behalf_of),
    c.metadata,
    c.posting_metadata,
    c.details,
    NULL,
    NULL
FROM ledger.collected_credits AS c
INNER JOIN ledger.accounts AS a ON c.account_id = a.account_id
UNION ALL
SELECT
    t.transaction_id,
    t.leg,
    t."timestamp",
    t.recorded_at,
    coalesce(t.value_at, t."timestamp"),
    t.operation,
    t.contra_account_id,
    a.currency,
    -t.amount,
    NULL,
    t.account_id,
    t.payment_ref,
    t.refers_to,
    concat_ws('/', t.actor, t.on_behalf_of),
    t.metadata,
    t.posting_metadata,
    t.details,
    NULL,
    NULL
FROM ledger.ledger_transactions AS t
INNER JOIN ledger.accounts AS a ON t.account_id = a.account_id
WHERE t.contra_account_id LIKE '@%'
UNION ALL
SELECT
    c.transaction_id,
    c.leg,
    c."timestamp",
    NULL,
    coalesce(c.value_at, c."timestamp"),
    c.operation,
    c.contra_account_id,
    a.currency,
    -c.amount,
    NULL,
    c.account_id,
    c.payment_ref,
    NULL,
    concat_ws('/', c.actor, c.on_behalf_of),
    c.metadata,
    c.posting_metadata,
    c.details,
    NULL,
    NULL
FROM ledger.collected_credits AS c
INNER JOIN ledger.accounts AS a ON c.account_id = a.account_id
WHERE c.contra_account_id LIKE '@%';
COMMENT ON VIEW bank.legs IS
    'Both sides of every transaction: customer legs as posted, credits that a collecting account '
    'has not folded yet (no version, no hash), and the house sides that customer legs imply '
    '(@external, @payments, @cashback, @fees, @exchange), which are derived, have no balance '
    'or hash, and share the number of the leg that implies them.';
GRANT SELECT ON bank.legs TO bank_operator, bank_auditor;
