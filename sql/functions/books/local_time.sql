-- local_time: a moment as the clocks of a time zone show it, by ISO 8601 with the zone's offset.
--
--   Returns  such as 2026-03-29T03:00:00.000+02:00; with Z instead of an offset for UTC itself. A
--            year after 9999 has as many figures as it needs
CREATE OR REPLACE FUNCTION engine.local_time(milliseconds bigint, time_zone text)
RETURNS text
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_utc CONSTANT timestamp := timestamp 'epoch' + milliseconds * interval '1 millisecond';
    v_local timestamp;
BEGIN
    IF time_zone = 'UTC' THEN
        RETURN to_char(v_utc, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
    END IF;
    v_local := v_utc AT TIME ZONE 'UTC' AT TIME ZONE time_zone;
    RETURN to_char(v_local, 'YYYY-MM-DD"T"HH24:MI:SS.MS')
        || CASE WHEN v_local < v_utc THEN '-' ELSE '+' END
        || to_char(greatest(v_local - v_utc, v_utc - v_local), 'HH24:MI');
END;
$function$;

COMMENT ON FUNCTION engine.local_time(bigint, text) IS
    'Internal: milliseconds since the epoch as the clocks of a time zone show them, by ISO 8601.';
REVOKE ALL ON FUNCTION engine.local_time(bigint, text) FROM PUBLIC;
