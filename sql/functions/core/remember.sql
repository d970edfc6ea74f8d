-- remember: store the answer given under an idempotency key.
--
--   Writes   ledger.idempotency_keys, in the transaction of the posting
CREATE OR REPLACE FUNCTION engine.remember(
    account_id text, idempotency_key text, operation text, request text, response json
)
RETURNS void
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
        (account_id, idempotency_key, operation, request_hash, response, created_at)
    VALUES (
        remember.account_id, remember.idempotency_key, remember.operation, v_hash,
        remember.response, v_now
    );
END;
$function$;

COMMENT ON FUNCTION engine.remember(text, text, text, text, json) IS
    'Internal: stores a response under an idempotency key.';
REVOKE ALL ON FUNCTION engine.remember(text, text, text, text, json) FROM PUBLIC;
