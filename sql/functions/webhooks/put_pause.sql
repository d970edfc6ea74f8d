-- put_pause: pause a webhook that is locked.
--
--   Returns  its row
--   Writes   ledger.webhooks; one leg of @ledger, which is an event for other webhooks; under a
--            key its answer
--   Locks    @ledger
CREATE OR REPLACE FUNCTION engine.put_pause(
    webhook_number bigint, reason text, idempotency_key text DEFAULT NULL
)
RETURNS ledger.webhooks
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_webhook ledger.webhooks;
BEGIN
    UPDATE ledger.webhooks AS w
    SET paused_at = v_now, paused_reason = reason
    WHERE w.webhook_number = put_pause.webhook_number
    RETURNING w.* INTO v_webhook;
    PERFORM engine.end_change(
        'pause_webhook',
        jsonb_build_object(
            'webhook_id', 'webhook' || v_webhook.webhook_number,
            'paused_at', v_webhook.paused_at, 'paused_reason', reason
        ),
        idempotency_key, row_to_json(engine.show_webhook(v_webhook))
    );
    RETURN v_webhook;
END;
$function$;

COMMENT ON FUNCTION engine.put_pause(bigint, text, text) IS
    'Internal: pauses a webhook that is locked, and posts the leg that tells of it.';
REVOKE ALL ON FUNCTION engine.put_pause(bigint, text, text) FROM PUBLIC;
