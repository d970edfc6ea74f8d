-- queue_deliveries: note for every webhook which of the new events it wants.
--
--   Writes   ledger.webhook_deliveries, ledger.webhooks
--   Locks    each webhook, FOR NO KEY UPDATE SKIP LOCKED: who has it queues, or finishes a delivery
--
-- newest is the event_id where the stream ends. Of each account only the oldest pending delivery
-- has a time at which to send it; the next one gets one when that is done. Both are decided under
-- the webhook's lock.
CREATE OR REPLACE FUNCTION engine.queue_deliveries(newest bigint, "limit" bigint DEFAULT 1000)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_number bigint;
    v_webhook ledger.webhooks;
    v_until bigint;
    v_now bigint;
BEGIN
    FOR v_number IN
        SELECT w.webhook_number
        FROM ledger.webhooks AS w
        WHERE w.queued < newest
        ORDER BY w.webhook_number
    LOOP
        SELECT w.* INTO v_webhook
        FROM ledger.webhooks AS w
        WHERE w.webhook_number = v_number
        FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;

        v_until := least(v_webhook.queued + "limit", newest);
        v_now := engine.now();
        INSERT INTO ledger.webhook_deliveries
            (account_id, webhook_number, event_id, next_attempt_at)
        SELECT
            e.account_id, v_number, e.event_id,
            CASE WHEN row_number() OVER of_account = 1 AND NOT EXISTS (
                SELECT FROM ledger.webhook_deliveries AS d
                WHERE d.account_id = e.account_id
                    AND d.webhook_number = v_number
                    AND d.status = 'pending'
            ) THEN v_now END
        FROM bank.list_events(v_webhook.queued, v_until - v_webhook.queued) AS e
        WHERE (v_webhook.account_id IS NULL OR e.account_id = v_webhook.account_id)
            AND (v_webhook.types IS NULL OR v_webhook.types ? e.type)
        WINDOW of_account AS (PARTITION BY e.account_id ORDER BY e.event_id);
        UPDATE ledger.webhooks AS w
        SET queued = greatest(w.queued, v_until)
        WHERE w.webhook_number = v_number;
    END LOOP;
END;
$function$;

COMMENT ON FUNCTION engine.queue_deliveries(bigint, bigint) IS
    'Internal: queues for each webhook what it wants of the next events, limit of them at most.';
REVOKE ALL ON FUNCTION engine.queue_deliveries(bigint, bigint) FROM PUBLIC;
