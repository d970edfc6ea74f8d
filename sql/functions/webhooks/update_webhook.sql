-- update_webhook: say anew where events are sent, and which.
--
--   Returns  the webhook; a repeat under the same key gets the first answer again
--   Writes   ledger.webhooks, one leg of @ledger
--   Locks    the webhook, FOR NO KEY UPDATE; @ledger
--   Errors   limited_to_accounts, invalid_idempotency_key, idempotency_key_reused, invalid_url,
--            address_not_allowed, invalid_argument (types), account_not_found, webhook_not_found
--
-- As a whole: types and account_id that are left out mean all. What is queued stays queued, and is
-- sent to the new address. That it has failed was the old one's.
CREATE OR REPLACE FUNCTION bank.update_webhook(
    webhook_id text,
    url text,
    types text[] DEFAULT NULL,
    account_id text DEFAULT NULL,
    idempotency_key text DEFAULT NULL
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
        'update_webhook', idempotency_key, json_build_object(
            'webhook_id', webhook_id, 'url', url, 'types', types, 'account_id', account_id
        )
    );
    v_webhook ledger.webhooks;
    v_shown bank.webhook;
BEGIN
    IF v_response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.webhook, v_response);
    END IF;
    PERFORM engine.check_webhook(url, NULL, types, NULL);
    IF account_id IS NOT NULL THEN
        PERFORM engine.read_account(update_webhook.account_id);
    END IF;
    v_webhook := engine.lock_webhook(webhook_id);
    UPDATE ledger.webhooks AS w
    SET url = update_webhook.url,
        types = to_jsonb(update_webhook.types),
        account_id = update_webhook.account_id,
        failing_since = NULL
    WHERE w.webhook_number = v_webhook.webhook_number
    RETURNING w.* INTO v_webhook;
    v_shown := engine.show_webhook(v_webhook);
    PERFORM engine.end_change(
        'update_webhook',
        engine.webhook_details(v_webhook) - '{after,created_at,secret_sha256}'::text[],
        idempotency_key, row_to_json(v_shown)
    );
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION bank.update_webhook(text, text, text[], text, text) IS
    'Say anew where events are sent, and which. As a whole: types and account_id that are left out '
    'mean all. What is queued already is sent to the new address. The key belongs to the login '
    'that calls.';
REVOKE ALL ON FUNCTION bank.update_webhook(text, text, text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.update_webhook(text, text, text[], text, text) TO bank_operator;
