-- Tests of engine.local_time.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.local_time'::regproc), 'milliseconds bigint, time_zone text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.local_time'::regproc), 'text', 'what it returns');
SELECT volatility_is('engine', 'local_time', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'local_time', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.local_time'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works, whatever the session's own zone is
SET LOCAL timezone = 'Asia/Tokyo';
SELECT is(engine.local_time(t.milliseconds, t.time_zone), t.told, t.milliseconds || ' in ' || t.time_zone)
FROM (
    VALUES (0::bigint, 'UTC', '1970-01-01T00:00:00.000Z'),
    (-1, 'UTC', '1969-12-31T23:59:59.999Z'),
    (1500000000020, 'UTC', '2017-07-14T02:40:00.020Z'),
    (253402300799999, 'UTC', '9999-12-31T23:59:59.999Z'),
    (1500000000020, 'Europe/Berlin', '2017-07-14T04:40:00.020+02:00'),
    -- The clocks of Berlin go on an hour, and back
    (1774745999999, 'Europe/Berlin', '2026-03-29T01:59:59.999+01:00'),
    (1774746000000, 'Europe/Berlin', '2026-03-29T03:00:00.000+02:00'),
    (1792886400000, 'Europe/Berlin', '2026-10-25T02:00:00.000+02:00'),
    (1792890000000, 'Europe/Berlin', '2026-10-25T02:00:00.000+01:00'),
    (1500000000020, 'America/St_Johns', '2017-07-14T00:10:00.020-02:30'),
    (1500000000020, 'Asia/Kathmandu', '2017-07-14T08:25:00.020+05:45'),
    (1485043200000, 'Europe/London', '2017-01-22T00:00:00.000+00:00')
) AS t (milliseconds, time_zone, told);
SELECT matches(
    engine.local_time(9007199254740991, 'Pacific/Auckland'), '^287396-10-1', 'the last moment there is'
);

SELECT * FROM finish();
ROLLBACK;
