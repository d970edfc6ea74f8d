-- _claim: take an idempotency key that no account's lock guards.
--
--   Returns  NULL where the key is now ours, else the response stored under it
--   Writes   ledger.idempotency_keys, without a response yet
--   Locks    the key: of two equal requests at once the second waits here for the first
--   Errors   idempotency_key_reused
CREATE OR REPLACE FUNCTION bank._claim(
    owner text, idempotency_key text, operation text, request text
)
RETURNS json
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_hash bytea := sha256(convert_to(request, 'UTF8'));
    v_now bigint := bank._now();
BEGIN
    INSERT INTO ledger.idempotency_keys
        (account_id, idempotency_key, operation, request_hash, created_at)
    VALUES (owner, _claim.idempotency_key, _claim.operation, v_hash, v_now)
    ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    RETURN bank._replay(owner, _claim.idempotency_key, _claim.operation, request);
END;
$function$;

COMMENT ON FUNCTION bank._claim(text, text, text, text) IS
    'Internal: claims an idempotency key, or returns the response stored under it; raises '
    'idempotency_key_reused.';
REVOKE ALL ON FUNCTION bank._claim(text, text, text, text) FROM PUBLIC;
