-- occurrence: when a schedule's nth occurrence is.
--
--   Returns  run_at for the first; for the nth n - 1 times `every` later, by the calendar of UTC:
--            months keep the day of run_at where they have it, and end before it otherwise
CREATE OR REPLACE FUNCTION engine.occurrence(run_at bigint, every text, occurrence bigint)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    -- In whole days and the rest, since an interval times a large number is not exact.
    v_first timestamp := date '1970-01-01' + (run_at / 86400000)::integer
    + (run_at % 86400000) * interval '1 millisecond';
BEGIN
    IF occurrence = 1 THEN
        RETURN run_at;
    END IF;
    RETURN extract(epoch FROM v_first + (occurrence - 1) * every::interval) * 1000;
END;
$function$;

COMMENT ON FUNCTION engine.occurrence(bigint, text, bigint) IS
    'Internal: when (ms) the nth occurrence is of what begins at run_at and recurs every duration.';
REVOKE ALL ON FUNCTION engine.occurrence(bigint, text, bigint) FROM PUBLIC;
