-- finish_deliveries: tell what came of claimed deliveries, many at once.
--
--   Returns  how many arrived and how many did not, of those that were still pending
--   Writes   ledger.webhook_deliveries: delivered for http_status 200 to 299, and the next one of
--            its account is let go; for any other, or an error, the time of the next attempt.
--            ledger.webhooks: since when each fails. One leg of @ledger for each that is paused
--   Locks    the webhooks in their order, FOR NO KEY UPDATE; @ledger
--   Errors   limited_to_accounts, invalid_argument (finished)
--
-- `finished` is an array of {webhook_id, event_id, attempt, http_status, error}; what is no longer
-- there is passed over. The next attempt follows after 5 s, 30 s, 2 min, 10 min, 30 min, and then
-- every hour: it holds up the later events of its account for this webhook, and no others. A
-- failure counts only for the newest attempt, since whoever comes back after the lease has been
-- replaced. Of an account the oldest pending one is sent alone; so what follows it is newer.
CREATE OR REPLACE FUNCTION bank.finish_deliveries(finished jsonb)
RETURNS bank.finished
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    c_waits CONSTANT bigint[] := ARRAY[5000, 30000, 120000, 600000, 1800000, 3600000];
    c_patience CONSTANT bigint := 72 * 3600000;
    v_now bigint := engine.now();
    v_webhook record;
    v_finished bank.finished := ROW(0, 0);
BEGIN
    PERFORM engine.refuse_limited();
    IF (jsonb_typeof(finished) = 'array') IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'finished', 'value', jsonb_typeof(finished), 'expected', 'an array'
        ));
    END IF;
    PERFORM FROM ledger.webhooks AS w
    WHERE w.webhook_number IN (SELECT f.webhook_number FROM engine.told_of(finished) AS f)
    ORDER BY w.webhook_number
    FOR NO KEY UPDATE;

    FOR v_webhook IN
        WITH counted AS (
            UPDATE ledger.webhook_deliveries AS d
            SET status = CASE WHEN f.delivered THEN 'delivered' ELSE 'pending' END,
                delivered_at = CASE WHEN f.delivered THEN v_now END,
                next_attempt_at = CASE WHEN NOT f.delivered THEN
                    v_now + c_waits[least(d.attempts, cardinality(c_waits))]
                END,
                last_status = f.http_status,
                last_error = left(f.error, 1000),
                claimed_by = NULL,
                claimed_until = NULL
            FROM engine.told_of(finished) AS f
            WHERE d.webhook_number = f.webhook_number
                AND d.event_id = f.event_id
                AND d.status = 'pending'
                AND (f.delivered OR d.attempts = f.attempt)
            RETURNING d.account_id, d.webhook_number, d.event_id, f.delivered, f.http_status
        ), let_go AS (
            UPDATE ledger.webhook_deliveries AS d
            SET next_attempt_at = v_now
            FROM counted AS c
            CROSS JOIN LATERAL (
                SELECT n.event_id
                FROM ledger.webhook_deliveries AS n
                WHERE n.account_id = c.account_id
                    AND n.webhook_number = c.webhook_number
                    AND n.event_id > c.event_id
                    AND n.status = 'pending'
                ORDER BY n.event_id
                LIMIT 1
            ) AS next
            WHERE c.delivered
                AND d.account_id = c.account_id
                AND d.webhook_number = c.webhook_number
                AND d.event_id = next.event_id
        )
        SELECT
            c.webhook_number,
            count(*) FILTER (WHERE c.delivered) AS delivered,
            count(*) FILTER (WHERE NOT c.delivered) AS failed,
            bool_or(c.http_status = 410) IS TRUE AS gone
        FROM counted AS c
        GROUP BY c.webhook_number
        ORDER BY c.webhook_number
    LOOP
        v_finished.delivered := v_finished.delivered + v_webhook.delivered;
        v_finished.failed := v_finished.failed + v_webhook.failed;
        UPDATE ledger.webhooks AS w
        SET failing_since = CASE WHEN v_webhook.delivered = 0 THEN v_now END
        WHERE w.webhook_number = v_webhook.webhook_number
            AND (w.failing_since IS NULL) = (v_webhook.delivered = 0);
        PERFORM engine.put_pause(
            w.webhook_number,
            CASE WHEN v_webhook.gone THEN 'answered 410' ELSE '72 h without a success' END
        )
        FROM ledger.webhooks AS w
        WHERE w.webhook_number = v_webhook.webhook_number
            AND w.paused_at IS NULL
            AND (v_webhook.gone OR w.failing_since <= v_now - c_patience);
    END LOOP;
    RETURN v_finished;
END;
$function$;

COMMENT ON FUNCTION bank.finish_deliveries(jsonb) IS
    'Tell what came of claimed deliveries, many at once. An array of {webhook_id, event_id, '
    'attempt, http_status, error}: delivered for an http_status of 200 to 299, otherwise tried '
    'again after 5 s, 30 s, 2 min, 10 min, 30 min and then every hour. Nothing good for 72 hours, '
    'or a 410, pauses the webhook.';
REVOKE ALL ON FUNCTION bank.finish_deliveries(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.finish_deliveries(jsonb) TO bank_operator;
