-- _is_met: whether a monitor's condition holds.
--
--   Returns  actual < value for lt, and so on: lte, gt, gte, eq; NULL for any other comparison
CREATE OR REPLACE FUNCTION bank._is_met(actual bigint, comparison text, value bigint)
RETURNS boolean
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE comparison
        WHEN 'lt' THEN actual < value
        WHEN 'lte' THEN actual <= value
        WHEN 'gt' THEN actual > value
        WHEN 'gte' THEN actual >= value
        WHEN 'eq' THEN actual = value
    END;
END;
$function$;

COMMENT ON FUNCTION bank._is_met(bigint, text, bigint) IS
    'Internal: whether actual compares to value as lt, lte, gt, gte or eq says.';
REVOKE ALL ON FUNCTION bank._is_met(bigint, text, bigint) FROM PUBLIC;
