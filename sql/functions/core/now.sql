-- now: the server clock.
--
--   Returns  milliseconds since the epoch, at the moment of the call (not of the transaction)
--
-- One expression without SET search_path, so that it inlines: every name in it is qualified.
CREATE OR REPLACE FUNCTION engine.now()
RETURNS bigint
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT pg_catalog.floor(
        1000 OPERATOR(pg_catalog.*) EXTRACT(EPOCH FROM pg_catalog.clock_timestamp())
    )::pg_catalog.int8
$function$;

COMMENT ON FUNCTION engine.now() IS 'Internal: the server clock in milliseconds since the epoch.';
REVOKE ALL ON FUNCTION engine.now() FROM PUBLIC;
