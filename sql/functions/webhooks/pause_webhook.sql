-- pause_webhook: send nothing there until it is resumed.
--
--   Returns  the webhook; a repeat under the same key gets the first answer again
--   Writes   ledger.webhooks, one leg of @ledger
--   Locks    the webhook, FOR NO KEY UPDATE; @ledger
--   Errors   limited_to_accounts, invalid_idempotency_key, idempotency_key_reused,
--            invalid_argument (reason), webhook_not_found
--
-- One that is paused gets the new reason. What is being sent at this moment may still arrive.
CREATE OR REPLACE FUNCTION bank.pause_webhook(
    webhook_id text, reason text, idempotency_key text DEFAULT NULL
)
RETURNS bank.webhook
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_response json := engine.begin_change(
        'pause_webhook', idempotency_key,
        json_build_object('webhook_id', webhook_id, 'reason', reason)
    );
BEGIN
    IF v_response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.webhook, v_response);
    END IF;
    PERFORM engine.check_reason(reason);
    RETURN engine.show_webhook(engine.put_pause(
        (engine.lock_webhook(webhook_id)).webhook_number, reason, idempotency_key
    ));
END;
$function$;

COMMENT ON FUNCTION bank.pause_webhook(text, text, text) IS
    'Send nothing there until it is resumed. Nothing is lost: it goes on from where it was. '
    'Workers pause one that answers 410, or has answered nothing good for 72 hours. The key '
    'belongs to the login that calls.';
REVOKE ALL ON FUNCTION bank.pause_webhook(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.pause_webhook(text, text, text) TO bank_operator;
