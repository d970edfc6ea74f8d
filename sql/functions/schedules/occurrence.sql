-- occurrence: when a schedule's nth occurrence is.
--
--   Returns  run_at for the first; for the nth n - 1 times `every` later. Years, months, weeks and
--            days go by the calendar and the clocks of time_zone: months keep the day of run_at
--            where they have it, and end before it otherwise; days keep the time of day. Hours,
--            minutes and seconds are as long as they are everywhere.
--
-- A time of day that a change of clocks leaves out is as much later as the clocks are put forward
-- (02:30 is 03:30); one that it brings twice is the second.
CREATE OR REPLACE FUNCTION engine.occurrence(
    run_at bigint, every text, time_zone text, occurrence bigint
)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_every interval := every::interval;
    v_times bigint := occurrence - 1;
    -- In whole days and the rest, since an interval times a large number is not exact.
    v_first timestamp := date '1970-01-01' + (run_at / 86400000)::integer
    + (run_at % 86400000) * interval '1 millisecond';
    v_date timestamp;
BEGIN
    IF occurrence = 1 THEN
        RETURN run_at;
    END IF;
    v_date := v_first AT TIME ZONE 'UTC' AT TIME ZONE time_zone + make_interval(
        months => (
            v_times * (12 * extract(YEAR FROM v_every) + extract(MONTH FROM v_every))
        )::integer,
        days => (v_times * extract(DAY FROM v_every))::integer
    );
    RETURN extract(EPOCH FROM v_date AT TIME ZONE time_zone) * 1000
        + v_times * (
            3600000 * extract(HOUR FROM v_every)
            + 60000 * extract(MINUTE FROM v_every)
            + 1000 * extract(SECOND FROM v_every)
        );
END;
$function$;

COMMENT ON FUNCTION engine.occurrence(bigint, text, text, bigint) IS
    'Internal: when (ms) the nth occurrence is of what begins at run_at and recurs every duration '
    'in a time zone.';
REVOKE ALL ON FUNCTION engine.occurrence(bigint, text, text, bigint) FROM PUBLIC;
