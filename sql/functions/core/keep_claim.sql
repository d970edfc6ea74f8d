-- keep_claim: store the answer given under a key taken by engine.claim, or free the key where there
-- is none (a refused request stores nothing).
--
--   Writes   ledger.idempotency_keys
CREATE OR REPLACE FUNCTION engine.keep_claim(owner text, idempotency_key text, response json)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF response IS NULL THEN
        DELETE FROM ledger.idempotency_keys AS k
        WHERE k.owner = keep_claim.owner AND k.idempotency_key = keep_claim.idempotency_key;
        RETURN;
    END IF;
    UPDATE ledger.idempotency_keys AS k
    SET response = keep_claim.response
    WHERE k.owner = keep_claim.owner AND k.idempotency_key = keep_claim.idempotency_key;
END;
$function$;

COMMENT ON FUNCTION engine.keep_claim(text, text, json) IS
    'Internal: stores the response of a claimed idempotency key.';
REVOKE ALL ON FUNCTION engine.keep_claim(text, text, json) FROM PUBLIC;
