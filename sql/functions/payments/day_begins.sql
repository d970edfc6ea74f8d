-- day_begins: when a day of the calendar begins in a time zone.
--
--   Returns  the first moment (ms) at which clocks there show the day: where they leave midnight
--            out, it is later; where they show it twice, as in Havana, it is the first
CREATE OR REPLACE FUNCTION engine.day_begins(day date, time_zone text)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_midnight timestamptz := day::timestamp AT TIME ZONE time_zone;  -- of two the second
    v_hour_before timestamptz := v_midnight - interval '1 hour';
BEGIN
    RETURN extract(EPOCH FROM CASE
        WHEN v_hour_before AT TIME ZONE time_zone >= day THEN v_hour_before ELSE v_midnight
    END) * 1000;
END;
$function$;

COMMENT ON FUNCTION engine.day_begins(date, text) IS
    'Internal: the first moment (ms) of a day in a time zone.';
REVOKE ALL ON FUNCTION engine.day_begins(date, text) FROM PUBLIC;
