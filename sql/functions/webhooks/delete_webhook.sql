-- delete_webhook: send nothing there any more, and forget what was sent.
--
--   Returns  the webhook as it was last, its status `deleted`
--   Writes   removes it from ledger.webhooks and its deliveries from ledger.webhook_deliveries; one
--            leg of @ledger
--   Locks    the webhook, FOR NO KEY UPDATE
--   Errors   limited_to_accounts, webhook_not_found
CREATE OR REPLACE FUNCTION bank.delete_webhook(webhook_id text)
RETURNS bank.webhook
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_webhook ledger.webhooks;
    v_shown bank.webhook;
BEGIN
    PERFORM engine.refuse_limited();
    v_webhook := engine.lock_webhook(delete_webhook.webhook_id);
    v_shown := engine.show_webhook(v_webhook);
    v_shown.status := 'deleted';
    DELETE FROM ledger.webhook_deliveries AS d
    WHERE d.webhook_number = v_webhook.webhook_number;
    DELETE FROM ledger.webhooks AS w
    WHERE w.webhook_number = v_webhook.webhook_number;
    PERFORM engine.record_setting(
        'delete_webhook', jsonb_build_object('webhook_id', delete_webhook.webhook_id)
    );
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION bank.delete_webhook(text) IS
    'Send nothing there any more, and forget what was sent.';
REVOKE ALL ON FUNCTION bank.delete_webhook(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.delete_webhook(text) TO bank_operator;
