-- pending_delivery: the row of a delivery that has not arrived.
--
--   Returns  the row
--   Errors   delivery_not_found, delivery_ended
CREATE OR REPLACE FUNCTION engine.pending_delivery(webhook_number bigint, event_id bigint)
RETURNS ledger.webhook_deliveries
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_delivery ledger.webhook_deliveries;
BEGIN
    SELECT d.* INTO v_delivery
    FROM ledger.webhook_deliveries AS d
    WHERE d.webhook_number = pending_delivery.webhook_number
        AND d.event_id = pending_delivery.event_id;
    IF NOT FOUND THEN
        PERFORM engine.refuse('delivery_not_found', json_build_object(
            'webhook_id', 'webhook' || webhook_number, 'event_id', event_id
        ));
    END IF;
    IF v_delivery.status <> 'pending' THEN
        PERFORM engine.refuse('delivery_ended', json_build_object(
            'webhook_id', 'webhook' || webhook_number, 'event_id', event_id,
            'delivery_status', v_delivery.status
        ));
    END IF;
    RETURN v_delivery;
END;
$function$;

COMMENT ON FUNCTION engine.pending_delivery(bigint, bigint) IS
    'Internal: a delivery''s row; raises delivery_not_found or delivery_ended.';
REVOKE ALL ON FUNCTION engine.pending_delivery(bigint, bigint) FROM PUBLIC;
