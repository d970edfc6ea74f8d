-- schedule_legs: the legs that tell of schedules.
--
-- Each schedule is made once. Each attempt is a run: a transfer, on the side of the account that
-- pays, or a leg that says why there is none, which is that of the occurrence unless postponed.
CREATE VIEW engine.schedule_legs AS
SELECT
    t.account_id,
    t.version,
    t.transaction_id,
    t."timestamp",
    t.operation,
    t.amount,
    t.contra_account_id,
    t.metadata,
    t.details,
    t.details ->> 'schedule_id' AS schedule_id,
    CASE t.operation
        WHEN 'schedule_transfer' THEN 'made'
        WHEN 'cancel_schedule' THEN 'end'
        ELSE 'run'
    END AS kind
FROM ledger.ledger_transactions AS t
WHERE t.operation IN (
        'schedule_transfer', 'schedule_postponed', 'schedule_failed', 'cancel_schedule'
    )
    OR (t.operation = 'transfer' AND t.details ? 'schedule_id');
COMMENT ON VIEW engine.schedule_legs IS 'Internal: the legs that tell of schedules.';
