-- is_plain: whether nothing about a request by itself needs a closer look.
--
--   Returns  true where engine.check_request would find nothing wrong: there is an amount that may
--            be, a key that may be or none, and neither metadata nor value date. Else false or NULL
--
-- PL/pgSQL compiles an expression anew in every transaction, whatever part of it is reached; so
-- what most requests need stands alone. One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.is_plain(
    amount bigint, metadata jsonb, idempotency_key text, value_at bigint
)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT amount BETWEEN 1 AND 9007199254740991
        AND metadata IS NULL
        AND value_at IS NULL
        AND (idempotency_key IS NULL OR char_length(idempotency_key) BETWEEN 1 AND 255)
$function$;

COMMENT ON FUNCTION engine.is_plain(bigint, jsonb, text, bigint) IS
    'Internal: whether nothing about a request by itself needs a closer look.';
REVOKE ALL ON FUNCTION engine.is_plain(bigint, jsonb, text, bigint) FROM PUBLIC;
