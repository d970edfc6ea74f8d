-- show_delivery: a delivery as its readers see it.
--
--   Returns  the delivery, NULL where there is none
CREATE OR REPLACE FUNCTION engine.show_delivery(webhook_number bigint, event_id bigint)
RETURNS bank.delivery
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_shown bank.delivery;
BEGIN
    SELECT
        'webhook' || d.webhook_number, d.event_id, d.account_id, d.status, d.attempts,
        d.next_attempt_at, d.last_attempt_at, d.last_status, d.last_error, d.delivered_at
    INTO v_shown
    FROM ledger.webhook_deliveries AS d
    WHERE d.webhook_number = show_delivery.webhook_number
        AND d.event_id = show_delivery.event_id;
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION engine.show_delivery(bigint, bigint) IS
    'Internal: a delivery as readers see it.';
REVOKE ALL ON FUNCTION engine.show_delivery(bigint, bigint) FROM PUBLIC;
