-- keep_claim: store the answer given under a key taken by engine.claim.
--
--   Returns  the hash of the key, what it stands for and the answer, for a leg to seal
--   Writes   ledger.idempotency_keys
CREATE OR REPLACE FUNCTION engine.keep_claim(owner text, idempotency_key text, response json)
RETURNS bytea
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_hash bytea;
BEGIN
    UPDATE ledger.idempotency_keys AS k
    SET response = keep_claim.response
    WHERE k.owner = keep_claim.owner AND k.idempotency_key = keep_claim.idempotency_key
    RETURNING engine.key_hash(
        k.owner, k.idempotency_key, k.operation, k.request_hash, k.response, k.created_at
    ) INTO v_hash;
    RETURN v_hash;
END;
$function$;

COMMENT ON FUNCTION engine.keep_claim(text, text, json) IS
    'Internal: stores the response of a claimed idempotency key, returns the hash that seals both.';
REVOKE ALL ON FUNCTION engine.keep_claim(text, text, json) FROM PUBLIC;
