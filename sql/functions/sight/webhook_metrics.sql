-- webhook_metrics: how many webhooks there are, and what waits to be sent.
--
--   Returns  JSON: how many there are, how many of them fail, and are paused, how many deliveries
--            are pending (of one webhook 5000 are counted at most), whether so many were counted of
--            one that there may be more (capped), and for how long the oldest of these has been
--            that is not of one that is paused
--
-- A webhook fails if the last attempt did. A delivery waits since the batch of events was numbered
-- that its event is of.
CREATE OR REPLACE FUNCTION engine.webhook_metrics(now bigint)
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    c_most CONSTANT bigint := 5000;
    v_webhooks record;
BEGIN
    SELECT
        count(*) AS webhooks,
        count(*) FILTER (WHERE w.failing_since IS NOT NULL) AS failing,
        count(*) FILTER (WHERE w.paused_at IS NOT NULL) AS paused,
        coalesce(sum(heads.pending), 0) AS pending,
        coalesce(bool_or(heads.pending = c_most), false) AS capped,
        min(heads.oldest) AS oldest
    INTO v_webhooks
    FROM ledger.webhooks AS w
    CROSS JOIN LATERAL (
        SELECT
            (
                SELECT count(*)
                FROM (
                    SELECT FROM ledger.webhook_deliveries AS d
                    WHERE d.webhook_number = w.webhook_number AND d.status = 'pending'
                    LIMIT c_most
                ) AS counted
            ) AS pending,
            min(h.event_id) FILTER (WHERE w.paused_at IS NULL) AS oldest
        FROM (
            -- Those in line: the first that is pending of each account.
            SELECT d.event_id
            FROM ledger.webhook_deliveries AS d
            WHERE d.webhook_number = w.webhook_number
                AND d.status = 'pending'
                AND d.next_attempt_at IS NOT NULL
            ORDER BY d.next_attempt_at
            LIMIT c_most
        ) AS h
    ) AS heads;
    RETURN json_build_object(
        'webhooks', v_webhooks.webhooks,
        'failing', v_webhooks.failing,
        'paused', v_webhooks.paused,
        'pending', v_webhooks.pending,
        'capped', v_webhooks.capped,
        'oldest_ms', greatest(0, now - (
            SELECT t.recorded_at
            FROM ledger.ledger_transactions AS t
            WHERE t.transaction_id >= (
                SELECT lower(b.transaction_ids)
                FROM ledger.event_batches AS b
                WHERE b.first_event_id <= v_webhooks.oldest
                ORDER BY b.first_event_id DESC
                LIMIT 1
            )
            ORDER BY t.transaction_id
            LIMIT 1
        ))
    );
END;
$function$;

COMMENT ON FUNCTION engine.webhook_metrics(bigint) IS
    'Internal: how many webhooks there are, and what waits to be sent.';
REVOKE ALL ON FUNCTION engine.webhook_metrics(bigint) FROM PUBLIC;
