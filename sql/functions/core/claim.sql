-- claim: take an idempotency key that no account's lock guards.
--
--   Returns  NULL where the key is now ours, else the response stored under it
--   Writes   ledger.idempotency_keys, without a response yet
--   Locks    the key: of two equal requests at once the second waits here for the first
--   Errors   idempotency_key_reused
CREATE OR REPLACE FUNCTION engine.claim(
    owner text, idempotency_key text, operation text, request text
)
RETURNS json
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_hash bytea := sha256(convert_to(request, 'UTF8'));
    v_now bigint := engine.now();
BEGIN
    INSERT INTO ledger.idempotency_keys
        (account_id, idempotency_key, operation, request_hash, created_at)
    VALUES (owner, claim.idempotency_key, claim.operation, v_hash, v_now)
    ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    RETURN engine.replay(owner, claim.idempotency_key, claim.operation, request);
END;
$function$;

COMMENT ON FUNCTION engine.claim(text, text, text, text) IS
    'Internal: claims an idempotency key, or returns the response stored under it; raises '
    'idempotency_key_reused.';
REVOKE ALL ON FUNCTION engine.claim(text, text, text, text) FROM PUBLIC;
