-- resume_webhook: go on sending there.
--
--   Returns  the webhook; a repeat under the same key gets the first answer again
--   Writes   ledger.webhooks, one leg of @ledger; ledger.webhook_deliveries, of which those that
--            wait for their next attempt are due at once
--   Locks    the webhook, FOR NO KEY UPDATE; @ledger
--   Errors   limited_to_accounts, invalid_idempotency_key, idempotency_key_reused,
--            webhook_not_found
--
-- One that is not paused as well: its receiver may be up again before an hour is over.
CREATE OR REPLACE FUNCTION bank.resume_webhook(
    webhook_id text, idempotency_key text DEFAULT NULL
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
        'resume_webhook', idempotency_key, json_build_object('webhook_id', webhook_id)
    );
    v_webhook ledger.webhooks;
    v_shown bank.webhook;
    v_now bigint;
BEGIN
    IF v_response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.webhook, v_response);
    END IF;
    v_webhook := engine.lock_webhook(webhook_id);
    v_now := engine.now();
    UPDATE ledger.webhooks AS w
    SET paused_at = NULL, paused_reason = NULL, failing_since = NULL
    WHERE w.webhook_number = v_webhook.webhook_number
    RETURNING w.* INTO v_webhook;
    UPDATE ledger.webhook_deliveries AS d
    SET next_attempt_at = v_now
    WHERE d.webhook_number = v_webhook.webhook_number
        AND d.status = 'pending'
        AND d.next_attempt_at > v_now;
    v_shown := engine.show_webhook(v_webhook);
    PERFORM engine.end_change(
        'resume_webhook',
        jsonb_build_object('webhook_id', webhook_id, 'paused_at', NULL, 'paused_reason', NULL),
        idempotency_key, row_to_json(v_shown)
    );
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION bank.resume_webhook(text, text) IS
    'Go on sending there. What waits for its next attempt goes at once, so it helps one that is '
    'not paused as well. The key belongs to the login that calls.';
REVOKE ALL ON FUNCTION bank.resume_webhook(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.resume_webhook(text, text) TO bank_operator;
