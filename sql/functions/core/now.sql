-- now: the server clock.
--
--   Returns  milliseconds since the epoch, at the moment of the call (not of the transaction)
--
-- One expression, so that it inlines. A double holds the microseconds of any date that matters.
CREATE OR REPLACE FUNCTION engine.now()
RETURNS bigint
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT floor(
        date_part('epoch', clock_timestamp())
        * 1000::float8
    )::int8
$function$;

COMMENT ON FUNCTION engine.now() IS 'Internal: the server clock in milliseconds since the epoch.';
REVOKE ALL ON FUNCTION engine.now() FROM PUBLIC;
