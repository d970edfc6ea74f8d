-- claim_deliveries: take events that are to be sent now, for a while.
--
--   Returns  at most limit deliveries, each with all that sending it takes
--   Writes   ledger.webhook_deliveries; what bank.number_events and engine.queue_deliveries write
--   Locks    the deliveries, FOR NO KEY UPDATE SKIP LOCKED
--   Errors   limited_to_accounts, invalid_argument (limit, lease_ms)
--
-- Whoever claims one sends it and calls bank.finish_delivery. If that has not happened after
-- lease_ms, somebody else gets it: so nothing is lost, and now and then something is sent twice.
-- Webhooks take turns, and who is first is drawn by lot: so one with many events, or one that takes
-- long to answer, does not keep the others waiting, even where deliveries are claimed one by one.
CREATE OR REPLACE FUNCTION bank.claim_deliveries(
    "limit" bigint DEFAULT 10, lease_ms bigint DEFAULT 60000
)
RETURNS SETOF bank.claimed_delivery
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_now bigint;
    v_due ledger.webhook_deliveries;
BEGIN
    PERFORM engine.refuse_limited();
    IF ("limit" BETWEEN 1 AND 1000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'limit', 'value', "limit",
            'expected', '1 to 1000'
        ));
    END IF;
    IF (lease_ms BETWEEN 0 AND 86400000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'lease_ms', 'value', lease_ms,
            'expected', '0 to 86400000'
        ));
    END IF;
    PERFORM engine.queue_deliveries(n.newest) FROM bank.number_events() AS n;

    v_now := engine.now();
    FOR v_due IN
        SELECT (waiting.delivery).*
        FROM ledger.webhooks AS w
        CROSS JOIN LATERAL (
            SELECT d AS delivery, row_number() OVER (ORDER BY d.next_attempt_at) AS turn
            FROM ledger.webhook_deliveries AS d
            WHERE d.webhook_number = w.webhook_number
                AND d.status = 'pending'
                AND d.next_attempt_at <= v_now
            ORDER BY d.next_attempt_at
            LIMIT claim_deliveries."limit"
        ) AS waiting
        ORDER BY waiting.turn, random()
        LIMIT claim_deliveries."limit"
    LOOP
        SELECT d.* INTO v_due
        FROM ledger.webhook_deliveries AS d
        WHERE d.account_id = v_due.account_id
            AND d.webhook_number = v_due.webhook_number
            AND d.event_id = v_due.event_id
            AND d.status = 'pending'
            AND d.next_attempt_at <= v_now
        FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;

        UPDATE ledger.webhook_deliveries AS d
        SET attempts = d.attempts + 1, last_attempt_at = v_now, next_attempt_at = v_now + lease_ms
        WHERE d.account_id = v_due.account_id
            AND d.webhook_number = v_due.webhook_number
            AND d.event_id = v_due.event_id;
        RETURN QUERY
        SELECT
            'webhook' || w.webhook_number, e.event_id, v_due.attempts + 1, w.url, w.secret,
            row_to_json(e)::text
        FROM ledger.webhooks AS w
        CROSS JOIN bank.list_events(v_due.event_id - 1, 1) AS e
        WHERE w.webhook_number = v_due.webhook_number;
    END LOOP;
END;
$function$;

COMMENT ON FUNCTION bank.claim_deliveries(bigint, bigint) IS
    'Take events that are to be sent now, for a while. They are offered again after lease_ms '
    'unless bank.finish_delivery is called. For workers: it shows secrets.';
REVOKE ALL ON FUNCTION bank.claim_deliveries(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.claim_deliveries(bigint, bigint) TO bank_operator;
