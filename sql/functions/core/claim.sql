-- claim: take an idempotency key that no account's lock guards.
--
--   Returns  NULL where the key is now ours, else the response stored under it
--   Writes   ledger.idempotency_keys, without a response yet
--   Locks    the key: of two equal requests at once the second waits here for the first
--   Errors   idempotency_key_reused
CREATE OR REPLACE FUNCTION engine.claim(
    owner text, idempotency_key text, operation text, request_hash bytea
)
RETURNS json
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_now bigint := engine.now();
BEGIN
    INSERT INTO ledger.idempotency_keys
        (owner, idempotency_key, operation, request_hash, created_at)
    VALUES (
        claim.owner, claim.idempotency_key, claim.operation, claim.request_hash, v_now
    )
    ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    RETURN engine.replay(
        claim.owner, claim.idempotency_key, claim.operation, claim.request_hash
    );
END;
$function$;

COMMENT ON FUNCTION engine.claim(text, text, text, bytea) IS
    'Internal: claims an idempotency key, or returns the response stored under it; raises '
    'idempotency_key_reused.';
REVOKE ALL ON FUNCTION engine.claim(text, text, text, bytea) FROM PUBLIC;
