-- events: every leg that has been numbered as an event.
CREATE VIEW bank.events AS
SELECT
    e.event_id,
    e.type,
    e.account_id,
    e.version,
    e.transaction_id,
    e."timestamp",
    e.recorded_at,
    e.currency,
    e.amount,
    e.balance_after,
    e.contra_account_id,
    e.payment_ref,
    e.refers_to,
    e.details,
    e.metadata,
    e.hash
FROM engine.event_stream AS e;
COMMENT ON VIEW bank.events IS
    'Every leg that has been numbered as an event. It reads all of the log: bank.list_events reads '
    'a page of it.';
GRANT SELECT ON bank.events TO bank_operator, bank_auditor;
