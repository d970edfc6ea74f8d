-- replay: look up what was answered under an idempotency key.
--
--   Returns  the stored response, or NULL where the key is free
--   Errors   idempotency_key_reused
--
-- Called under the account's lock, so that of two equal requests the second sees the first. A
-- replay is announced by an INFO message (it reaches every client, whatever its settings).
CREATE OR REPLACE FUNCTION engine.replay(
    account_id text, idempotency_key text, operation text, request text
)
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_key ledger.idempotency_keys;
BEGIN
    SELECT k.* INTO v_key
    FROM ledger.idempotency_keys AS k
    WHERE k.account_id = replay.account_id AND k.idempotency_key = replay.idempotency_key;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF v_key.operation <> replay.operation
        OR v_key.request_hash <> sha256(convert_to(request, 'UTF8'))
    THEN
        PERFORM engine.refuse('idempotency_key_reused', json_build_object(
            'account_id', replay.account_id,
            'idempotency_key', replay.idempotency_key,
            'first_operation', v_key.operation,
            'first_used_at', v_key.created_at
        ));
    END IF;
    RAISE INFO 'idempotent_replayed';
    RETURN v_key.response;
END;
$function$;

COMMENT ON FUNCTION engine.replay(text, text, text, text) IS
    'Internal: the response stored under a key, or NULL; raises idempotency_key_reused.';
REVOKE ALL ON FUNCTION engine.replay(text, text, text, text) FROM PUBLIC;
