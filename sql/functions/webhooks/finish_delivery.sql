-- finish_delivery: tell what came of a claimed delivery.
--
--   Returns  the delivery; NULL where it, or its webhook, is no longer there
--   Writes   what bank.finish_deliveries does
--   Locks    the webhook, FOR NO KEY UPDATE; @ledger
--   Errors   limited_to_accounts, webhook_not_found
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
    v_number bigint;
BEGIN
    PERFORM engine.refuse_limited();
    v_number := (engine.read_webhook(finish_delivery.webhook_id)).webhook_number;
    PERFORM bank.finish_deliveries(jsonb_build_array(jsonb_build_object(
        'webhook_id', webhook_id, 'event_id', event_id, 'attempt', attempt,
        'http_status', http_status, 'error', error
    )));
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
