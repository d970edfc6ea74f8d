-- check_request: what is wrong with an amount, metadata, key or value date, whatever the account.
--
--   Returns  the refusal's name (invalid_amount, invalid_metadata, invalid_idempotency_key,
--            invalid_timestamp), or NULL; engine.refuse_request raises it
--
-- One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.check_request(
    amount bigint, metadata jsonb, idempotency_key text, value_at bigint
)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE
        -- Written so that NULL is refused too.
        WHEN (amount BETWEEN 1 AND 9007199254740991) IS NOT TRUE THEN 'invalid_amount'
        WHEN engine.check_metadata(metadata) IS NOT NULL THEN 'invalid_metadata'
        WHEN char_length(idempotency_key) NOT BETWEEN 1 AND 255
            THEN 'invalid_idempotency_key'
        WHEN value_at NOT BETWEEN 0 AND 9007199254740991 THEN 'invalid_timestamp'
    END
$function$;

COMMENT ON FUNCTION engine.check_request(bigint, jsonb, text, bigint) IS
    'Internal: the name of what is wrong with a request by itself, or NULL.';
REVOKE ALL ON FUNCTION engine.check_request(bigint, jsonb, text, bigint) FROM PUBLIC;
