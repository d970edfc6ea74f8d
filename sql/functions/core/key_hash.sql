-- key_hash: what seals an idempotency key, the request that it stands for, and the answer.
--
--   Returns  sha256 of the values in this order, joined by commas: owner, idempotency_key and
--            operation as SQL literals, request_hash in hexadecimal, response as a SQL literal,
--            created_at
--
-- Literals as engine.leg_content has them. One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.key_hash(
    owner text, idempotency_key text, operation text, request_hash bytea, response json,
    created_at bigint
)
RETURNS bytea
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT sha256(convert_to(format(
        '%L,%L,%L,%s,%L,%s', owner, idempotency_key, operation, encode(request_hash, 'hex'),
        response, created_at
    ), 'UTF8'))
$function$;

COMMENT ON FUNCTION engine.key_hash(text, text, text, bytea, json, bigint) IS
    'Internal: the hash of an idempotency key with its request and answer.';
REVOKE ALL ON FUNCTION engine.key_hash(text, text, text, bytea, json, bigint) FROM PUBLIC;
