-- retry_after: how long to wait for money after an attempt that lacked it.
--
--   Returns  milliseconds; NULL after the fourth, which is the last
CREATE OR REPLACE FUNCTION engine.retry_after(attempt bigint)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT 3600000 * (ARRAY[1, 4, 24])[attempt]::bigint
$function$;

COMMENT ON FUNCTION engine.retry_after(bigint) IS
    'Internal: how long (ms) to wait after that attempt; NULL where it is the last.';
REVOKE ALL ON FUNCTION engine.retry_after(bigint) FROM PUBLIC;
