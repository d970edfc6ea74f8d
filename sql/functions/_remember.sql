-- _remember: store the answer given under an idempotency key.
--
--   Writes   ledger.idempotency_keys, in the transaction of the posting
CREATE OR REPLACE FUNCTION bank._remember(
    account_id text, idempotency_key text, operation text, request text, response json
)
RETURNS void
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
        (account_id, idempotency_key, operation, request_hash, response, created_at)
    VALUES (
        _remember.account_id, _remember.idempotency_key, _remember.operation, v_hash,
        _remember.response, v_now
    );
END;
$function$;

COMMENT ON FUNCTION bank._remember(text, text, text, text, json) IS
    'Internal: stores a response under an idempotency key.';
REVOKE ALL ON FUNCTION bank._remember(text, text, text, text, json) FROM PUBLIC;
