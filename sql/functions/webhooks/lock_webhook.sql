-- lock_webhook: a webhook's row, locked.
--
--   Returns  the row
--   Locks    the webhook, FOR NO KEY UPDATE
--   Errors   webhook_not_found
CREATE OR REPLACE FUNCTION engine.lock_webhook(webhook_id text)
RETURNS ledger.webhooks
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_number bigint := (engine.read_webhook(lock_webhook.webhook_id)).webhook_number;
BEGIN
    PERFORM FROM ledger.webhooks AS w WHERE w.webhook_number = v_number FOR NO KEY UPDATE;
    RETURN engine.read_webhook(lock_webhook.webhook_id);  -- which may be gone by now
END;
$function$;

COMMENT ON FUNCTION engine.lock_webhook(text) IS
    'Internal: a webhook''s row with its lock; raises webhook_not_found.';
REVOKE ALL ON FUNCTION engine.lock_webhook(text) FROM PUBLIC;
