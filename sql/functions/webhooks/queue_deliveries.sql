-- queue_deliveries: note for the webhooks which of the new events they want.
--
--   Writes   ledger.webhook_deliveries, ledger.webhooks
--   Locks    the webhooks, FOR NO KEY UPDATE SKIP LOCKED: who has one queues for it, or finishes a
--            delivery
--
-- newest is the event_id where the stream ends. limit is how many events are read, and about how
-- many deliveries are queued, however many webhooks there are. Those that are equally far, as they
-- are once they have caught up, read the events together; of the others each gets its share.
--
-- Of each account only the oldest pending delivery has a time at which to send it; the next one
-- gets one when that is done. Both are decided under the webhook's lock.
CREATE OR REPLACE FUNCTION engine.queue_deliveries(newest bigint, "limit" bigint DEFAULT 1000)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_behind record;
    v_share bigint;
    v_numbers bigint[];
    v_until bigint;
    v_now bigint := engine.now();
BEGIN
    FOR v_behind IN
        SELECT
            w.queued,
            array_agg(w.webhook_number) AS numbers,
            count(*) OVER () AS groups
        FROM ledger.webhooks AS w
        WHERE w.queued < newest AND w.paused_at IS NULL
        GROUP BY w.queued
    LOOP
        v_share := greatest("limit" / v_behind.groups, 1);
        v_until := least(v_behind.queued + v_share, newest);
        v_numbers := ARRAY(
            SELECT w.webhook_number
            FROM ledger.webhooks AS w
            WHERE w.webhook_number = ANY(v_behind.numbers)
                AND w.queued = v_behind.queued
                AND w.paused_at IS NULL
            ORDER BY w.webhook_number
            FOR NO KEY UPDATE SKIP LOCKED
        );
        WITH wanted AS MATERIALIZED (
            SELECT
                e.event_id, e.account_id, e.version, w.webhook_number,
                -- As many as there are of the events before.
                rank() OVER (ORDER BY e.event_id) - 1 AS before
            FROM bank.list_events(v_behind.queued, v_until - v_behind.queued) AS e
            INNER JOIN ledger.webhooks AS w
                ON (w.account_id IS NULL OR w.account_id = e.account_id)
                    AND (w.types IS NULL OR w.types ? e.type)
            WHERE w.webhook_number = ANY(v_numbers)
        ), queued AS (
            INSERT INTO ledger.webhook_deliveries
                (account_id, webhook_number, event_id, version, next_attempt_at)
            SELECT
                e.account_id, e.webhook_number, e.event_id, e.version,
                CASE WHEN row_number() OVER of_account = 1 AND NOT EXISTS (
                    SELECT FROM ledger.webhook_deliveries AS d
                    WHERE d.account_id = e.account_id
                        AND d.webhook_number = e.webhook_number
                        AND d.status = 'pending'
                ) THEN v_now END
            FROM wanted AS e
            WHERE e.before < v_share
            WINDOW of_account AS (
                PARTITION BY e.webhook_number, e.account_id ORDER BY e.event_id
            )
        )
        UPDATE ledger.webhooks AS w
        SET queued = coalesce(
            (SELECT min(e.event_id) - 1 FROM wanted AS e WHERE e.before >= v_share), v_until
        )
        WHERE w.webhook_number = ANY(v_numbers);
    END LOOP;
END;
$function$;

COMMENT ON FUNCTION engine.queue_deliveries(bigint, bigint) IS
    'Internal: queues what webhooks want of the next events, about limit of them at most.';
REVOKE ALL ON FUNCTION engine.queue_deliveries(bigint, bigint) FROM PUBLIC;
