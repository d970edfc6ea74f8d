-- events: every leg that has been numbered as an event.
CREATE VIEW bank.events AS
SELECT
    e.event_id,
    t.operation AS type,
    e.account_id,
    e.version,
    e.transaction_id,
    t."timestamp",
    t.recorded_at,
    t.amount::bigint AS amount,
    t.balance_after::bigint AS balance_after,
    t.contra_account_id,
    t.payment_ref,
    t.reverses,
    t.details,
    t.metadata,
    encode(t.hash, 'hex') AS hash
FROM ledger.events AS e
INNER JOIN ledger.ledger_transactions AS t
    ON e.account_id = t.account_id AND e.version = t.version;
COMMENT ON VIEW bank.events IS
    'Every leg that has been numbered as an event; bank.list_events numbers what is new first.';
GRANT SELECT ON bank.events TO bank_auditor;
