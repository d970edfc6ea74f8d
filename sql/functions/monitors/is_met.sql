-- is_met: whether a monitor's condition holds.
--
--   Returns  actual < value for lt, and so on: lte, gt, gte, eq; NULL for any other comparison
CREATE OR REPLACE FUNCTION engine.is_met(actual bigint, comparison text, value bigint)
RETURNS boolean
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
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

COMMENT ON FUNCTION engine.is_met(bigint, text, bigint) IS
    'Internal: whether actual compares to value as lt, lte, gt, gte or eq says.';
REVOKE ALL ON FUNCTION engine.is_met(bigint, text, bigint) FROM PUBLIC;
