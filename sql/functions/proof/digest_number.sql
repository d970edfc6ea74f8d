-- digest_number: a number below the prime 2^31 - 1 that stands for a hash.
--
--   Returns  its first four bytes, the highest first, modulo 2147483647
--
-- One expression without SET search_path, so that it inlines: every name in it is qualified.
CREATE OR REPLACE FUNCTION engine.digest_number(hash bytea)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT (
        'x' OPERATOR(pg_catalog.||) pg_catalog.encode(pg_catalog.substr(hash, 1, 4), 'hex')
    )::pg_catalog.bit(32)::pg_catalog.int8 OPERATOR(pg_catalog.%) 2147483647
$function$;

COMMENT ON FUNCTION engine.digest_number(bytea) IS
    'Internal: the first four bytes of a hash as a number below 2^31 - 1.';
REVOKE ALL ON FUNCTION engine.digest_number(bytea) FROM PUBLIC;
