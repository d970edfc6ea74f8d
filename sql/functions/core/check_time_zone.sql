-- check_time_zone: refuse what is no name of a time zone; NULL is refused too.
--
--   Errors   invalid_argument (time_zone)
--
-- AT TIME ZONE would take more: abbreviations that are the same all year round, and
-- specifications by POSIX, in which UTC+2 is west of Greenwich. Four names of zones that have a
-- summer time are abbreviations as well, which it takes them for.
CREATE OR REPLACE FUNCTION engine.check_time_zone(time_zone text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF time_zone = 'UTC' THEN
        RETURN;  -- what nearly everybody asks for; to look through the list takes 20 to 50 ms
    END IF;
    -- In small letters are those that every server has its own of: localtime, posixrules.
    IF NOT (
        coalesce(time_zone, '') ~ '^[A-Z]'
        AND time_zone NOT IN ('CET', 'EET', 'MET', 'WET')
        AND EXISTS (
            SELECT FROM pg_catalog.pg_timezone_names AS n WHERE n.name = check_time_zone.time_zone
        )
    ) THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'time_zone', 'value', left(time_zone, 64),
            'expected', 'the name of a time zone such as Europe/Berlin, or UTC'
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_time_zone(text) IS
    'Internal: raises invalid_argument for what is no name of a time zone that PostgreSQL knows.';
REVOKE ALL ON FUNCTION engine.check_time_zone(text) FROM PUBLIC;
