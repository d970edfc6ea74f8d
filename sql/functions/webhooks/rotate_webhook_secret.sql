-- rotate_webhook_secret: sign with another secret, and for a while with the one before as well.
--
--   Returns  the new secret, and until when the one before signs too; a repeat under the same key
--            gets the secret that is valid by then
--   Writes   ledger.webhooks, one leg of @ledger, which has the hashes of both
--   Locks    the webhook, FOR NO KEY UPDATE; @ledger
--   Errors   limited_to_accounts, invalid_idempotency_key, idempotency_key_reused,
--            invalid_argument (secret, overlap_ms), webhook_not_found
--
-- What is stored under the key is without the secret, as with bank.create_webhook.
CREATE OR REPLACE FUNCTION bank.rotate_webhook_secret(
    webhook_id text,
    secret text DEFAULT NULL,
    overlap_ms bigint DEFAULT 86400000,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.webhook_secret
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_response json := engine.begin_change(
        'rotate_webhook_secret', idempotency_key, json_build_object(
            'webhook_id', webhook_id, 'secret', secret, 'overlap_ms', overlap_ms
        )
    );
    v_webhook ledger.webhooks;
    v_until bigint;
    v_secret text := coalesce(secret, engine.new_secret());
    v_details jsonb;
    v_rotated bank.webhook_secret;
BEGIN
    IF v_response IS NOT NULL THEN
        v_rotated := json_populate_record(NULL::bank.webhook_secret, v_response);
        v_rotated.secret := engine.secret_of(v_rotated.webhook_id);
        RETURN v_rotated;
    END IF;
    PERFORM engine.check_secret(secret);
    IF (overlap_ms BETWEEN 0 AND 2592000000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'overlap_ms', 'value', overlap_ms,
            'expected', '0 to 2592000000'
        ));
    END IF;
    v_webhook := engine.lock_webhook(webhook_id);
    v_until := engine.now() + overlap_ms;
    UPDATE ledger.webhooks AS w
    SET secret_before = w.secret,
        secret_until = v_until,
        secret = v_secret
    WHERE w.webhook_number = v_webhook.webhook_number
    RETURNING w.* INTO v_webhook;
    v_details := engine.webhook_state(v_webhook);
    v_rotated := ROW(webhook_id, NULL, v_webhook.secret_until);
    PERFORM engine.end_change(
        'rotate_webhook_secret',
        jsonb_build_object(
            'webhook_id', webhook_id, 'secret_sha256', v_details -> 'secret_sha256',
            'secret_before_sha256', v_details -> 'secret_before_sha256',
            'secret_until', v_webhook.secret_until
        ),
        idempotency_key, row_to_json(v_rotated)
    );
    v_rotated.secret := v_webhook.secret;
    RETURN v_rotated;
END;
$function$;

COMMENT ON FUNCTION bank.rotate_webhook_secret(text, text, bigint, text) IS
    'Sign with another secret, and for a while with the one before as well. For overlap_ms a '
    'delivery carries two signatures, `v1=...,v1=...`, so that a receiver may know either secret. '
    'The key belongs to the login that calls.';
REVOKE ALL ON FUNCTION bank.rotate_webhook_secret(text, text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.rotate_webhook_secret(text, text, bigint, text) TO bank_operator;
