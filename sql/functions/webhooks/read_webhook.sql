-- read_webhook: a webhook's row, without a lock.
--
--   Returns  the row
--   Errors   webhook_not_found
CREATE OR REPLACE FUNCTION engine.read_webhook(webhook_id text)
RETURNS ledger.webhooks
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_webhook ledger.webhooks;
BEGIN
    SELECT w.* INTO v_webhook
    FROM ledger.webhooks AS w
    WHERE w.webhook_number = substring(
        read_webhook.webhook_id FROM '^webhook([1-9][0-9]{0,15})$'
    )::bigint;
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'webhook_not_found', json_build_object('webhook_id', left(webhook_id, 64))
        );
    END IF;
    RETURN v_webhook;
END;
$function$;

COMMENT ON FUNCTION engine.read_webhook(text) IS
    'Internal: a webhook''s row without a lock; raises webhook_not_found.';
REVOKE ALL ON FUNCTION engine.read_webhook(text) FROM PUBLIC;
