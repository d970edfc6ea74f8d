-- begin_change: take the idempotency key of a change of webhooks or of what is sent.
--
--   Returns  what was answered to the same request before; NULL where it is to be done
--   Writes   ledger.idempotency_keys
--   Locks    the key
--   Errors   limited_to_accounts, invalid_idempotency_key, idempotency_key_reused
CREATE OR REPLACE FUNCTION engine.begin_change(
    operation text, idempotency_key text, request json
)
RETURNS json
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.refuse_request(1, NULL, idempotency_key);
    IF idempotency_key IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN engine.claim(
        engine.login_scope(), idempotency_key, operation, engine.request_hash(request)
    );
END;
$function$;

COMMENT ON FUNCTION engine.begin_change(text, text, json) IS
    'Internal: what was answered under a key of the login that calls, or NULL.';
REVOKE ALL ON FUNCTION engine.begin_change(text, text, json) FROM PUBLIC;
