-- replay: look up what was answered under an idempotency key.
--
--   Returns  the stored response, or NULL where the key is free
--   Errors   idempotency_key_reused
--
-- Called under the account's lock, so that of two equal requests the second sees the first. A
-- replay is announced by an INFO message (it reaches every client, whatever its settings).
CREATE OR REPLACE FUNCTION engine.replay(
    owner text, idempotency_key text, operation text, request_hash bytea
)
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_operation text;
    v_hash bytea;
    v_response json;
    v_created_at bigint;
BEGIN
    SELECT k.operation, k.request_hash, k.response, k.created_at
    INTO v_operation, v_hash, v_response, v_created_at
    FROM ledger.idempotency_keys AS k
    WHERE k.owner = replay.owner AND k.idempotency_key = replay.idempotency_key;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF v_operation <> replay.operation OR v_hash <> replay.request_hash THEN
        PERFORM engine.refuse('idempotency_key_reused', json_build_object(
            'account_id', replay.owner,
            'idempotency_key', replay.idempotency_key,
            'first_operation', v_operation,
            'first_used_at', v_created_at
        ));
    END IF;
    RAISE INFO 'idempotent_replayed';
    RETURN v_response;
END;
$function$;

COMMENT ON FUNCTION engine.replay(text, text, text, bytea) IS
    'Internal: the response stored under a key, or NULL; raises idempotency_key_reused.';
REVOKE ALL ON FUNCTION engine.replay(text, text, text, bytea) FROM PUBLIC;
