-- finish_delivery: tell what came of a claimed delivery.
--
--   Returns  the delivery; NULL where it, or its webhook, is no longer there
--   Writes   ledger.webhook_deliveries: delivered for http_status 200 to 299, and the next one of
--            its account is let go; for any other, or an error, the time of the next attempt
--   Locks    the webhook, FOR NO KEY UPDATE
--   Errors   limited_to_accounts, webhook_not_found
--
-- The next attempt follows after 5 s, 30 s, 2 min, 10 min, 30 min, and then every hour, for ever:
-- it holds up the later events of its account for this webhook, and no others. A failure counts
-- only for the newest attempt, since whoever comes back after the lease has been replaced.
CREATE OR REPLACE FUNCTION bank.finish_delivery(
    webhook_id text,
    event_id bigint,
    attempt bigint,
    http_status bigint DEFAULT NULL,
    error text DEFAULT NULL
)
RETURNS bank.delivery
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_number bigint := (engine.read_webhook(finish_delivery.webhook_id)).webhook_number;
    v_now bigint := engine.now();
    v_delivery ledger.webhook_deliveries;
    v_waits bigint[] := ARRAY[5000, 30000, 120000, 600000, 1800000, 3600000];
    v_delivered boolean := (http_status BETWEEN 200 AND 299 AND error IS NULL) IS TRUE;
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM FROM ledger.webhooks AS w WHERE w.webhook_number = v_number FOR NO KEY UPDATE;
    UPDATE ledger.webhook_deliveries AS d
    SET status = CASE WHEN v_delivered THEN 'delivered' ELSE 'pending' END,
        delivered_at = CASE WHEN v_delivered THEN v_now END,
        next_attempt_at = CASE WHEN NOT v_delivered THEN
            v_now + v_waits[least(d.attempts, cardinality(v_waits))]
        END,
        last_status = http_status,
        last_error = left(finish_delivery.error, 1000)
    WHERE d.webhook_number = v_number
        AND d.event_id = finish_delivery.event_id
        AND d.status = 'pending'
        AND (v_delivered OR d.attempts = attempt)
    RETURNING d.* INTO v_delivery;
    IF NOT FOUND THEN
        RETURN engine.show_delivery(v_number, finish_delivery.event_id);
    END IF;

    IF v_delivered THEN
        UPDATE ledger.webhook_deliveries AS d
        SET next_attempt_at = v_now
        WHERE d.account_id = v_delivery.account_id
            AND d.webhook_number = v_number
            AND d.event_id = (
                SELECT min(n.event_id)
                FROM ledger.webhook_deliveries AS n
                WHERE n.account_id = v_delivery.account_id
                    AND n.webhook_number = v_number
                    AND n.status = 'pending'
            );
    END IF;
    RETURN engine.show_delivery(v_number, finish_delivery.event_id);
END;
$function$;

COMMENT ON FUNCTION bank.finish_delivery(text, bigint, bigint, bigint, text) IS
    'Tell what came of a claimed delivery. Delivered for an http_status of 200 to 299, otherwise '
    'tried again after 5 s, 30 s, 2 min, 10 min, 30 min and then every hour. NULL where it, or '
    'its webhook, is gone.';
REVOKE ALL ON FUNCTION bank.finish_delivery(text, bigint, bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.finish_delivery(text, bigint, bigint, bigint, text)
TO bank_operator;
