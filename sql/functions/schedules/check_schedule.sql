-- check_schedule: refuse times that no schedule can have.
--
--   Errors   invalid_argument (run_at, every, until, time_zone)
--
-- run_at lies before the year 10000. every is a duration of ISO 8601 in whole numbers, a minute at
-- least: what is due more often than the worker looks would only pile up. A time zone goes by its
-- exact name in IANA's list; names of one host's own, such as localtime, are none.
CREATE OR REPLACE FUNCTION engine.check_schedule(
    run_at bigint, every text, until bigint, time_zone text DEFAULT 'UTC'
)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF (run_at BETWEEN 0 AND 253402300799999) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'run_at', 'value', run_at,
            'expected', '0 to 253402300799999, the end of the year 9999'
        ));
    END IF;
    IF NOT (CASE
        WHEN every ~ (
            '^P(?=[0-9T])([0-9]{1,4}Y)?([0-9]{1,4}M)?([0-9]{1,4}W)?([0-9]{1,4}D)?'
            '(T(?=[0-9])([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,6}S)?)?$'
        )
            THEN every::interval >= interval '1 minute'
        ELSE every IS NULL
    END) THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'every', 'value', left(every, 64),
            'expected', 'an ISO 8601 duration such as P1M, P2W or PT12H, and at least PT1M'
        ));
    END IF;
    IF until NOT BETWEEN run_at + 1 AND 9007199254740991
        OR until IS NOT NULL AND every IS NULL
    THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'until', 'value', until,
            'expected', CASE WHEN every IS NULL THEN 'left out, as there is no every' ELSE format(
                '%s to 9007199254740991, after run_at', run_at + 1
            ) END
        ));
    END IF;
    PERFORM engine.check_time_zone(time_zone);
END;
$function$;

COMMENT ON FUNCTION engine.check_schedule(bigint, text, bigint, text) IS
    'Internal: raises invalid_argument for times that no schedule can have.';
REVOKE ALL ON FUNCTION engine.check_schedule(bigint, text, bigint, text) FROM PUBLIC;
