-- Tests of engine.occurrence.
BEGIN;
SELECT plan(31);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.occurrence'::regproc),
    'run_at bigint, every text, time_zone text, occurrence bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.occurrence'::regproc), 'bigint',
    'what it returns'
);
SELECT volatility_is('engine', 'occurrence', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'occurrence', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.occurrence'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SET LOCAL timezone = 'America/New_York';  -- it does not matter
SELECT is(
    to_timestamp(engine.occurrence(
        (extract(epoch FROM o.first::timestamptz) * 1000)::bigint, o.every, 'UTC', o.nth
    ) / 1000.0) AT TIME ZONE 'UTC',
    o.due::timestamp, format('%s of %s from %s', o.nth, o.every, o.first)
) FROM (
    VALUES ('2026-01-31 12:00:00.123Z', NULL, 1, '2026-01-31 12:00:00.123'),
    ('2026-01-31 12:00:00.123Z', 'P1M', 1, '2026-01-31 12:00:00.123'),
    ('2026-01-31 12:00:00.123Z', 'P1M', 2, '2026-02-28 12:00:00.123'),
    ('2026-01-31 12:00:00.123Z', 'P1M', 3, '2026-03-31 12:00:00.123'),
    ('2028-01-31 00:00:00Z', 'P1M', 2, '2028-02-29 00:00:00'),
    ('2026-03-07 23:59:59Z', 'P1D', 3, '2026-03-09 23:59:59'),
    ('2026-01-01 00:00:00Z', 'P1W', 53, '2026-12-31 00:00:00'),
    ('2026-01-01 00:00:00Z', 'P1Y2M3DT4H5M6S', 2, '2027-03-04 04:05:06'),
    ('1970-01-01 00:00:00.001Z', 'PT1S', 1000001, '1970-01-12 13:46:40.001'),
    ('9999-12-31 23:59:59Z', 'P9999Y', 2, '19998-12-31 23:59:59')
) AS o (first, every, nth, due);
SELECT is(
    to_timestamp(engine.occurrence(
        (extract(epoch FROM o.first::timestamptz) * 1000)::bigint, o.every, o.zone, o.nth
    ) / 1000.0) AT TIME ZONE 'UTC',
    o.due::timestamp, format('%s of %s from %s in %s', o.nth, o.every, o.first, o.zone)
) FROM (
    VALUES
    -- The first of the month is the first there, summer or winter.
    ('2026-05-01 00:00+02', 'P1M', 'Europe/Berlin', 2, '2026-05-31 22:00'),
    ('2026-05-01 00:00+02', 'P1M', 'Europe/Berlin', 4, '2026-07-31 22:00'),
    ('2026-05-01 00:00+02', 'P1M', 'Europe/Berlin', 7, '2026-10-31 23:00'),
    ('2026-04-30 22:00+00', 'P1M', 'UTC', 2, '2026-05-30 22:00'),
    -- Clocks are put forward: 02:30 is not, and so 03:30; the day after it is 02:30 again.
    ('2026-03-28 02:30+01', 'P1D', 'Europe/Berlin', 2, '2026-03-29 01:30'),
    ('2026-03-28 02:30+01', 'P1D', 'Europe/Berlin', 3, '2026-03-30 00:30'),
    -- Clocks are put back: 02:30 is twice, and it is the second.
    ('2026-10-24 02:30+02', 'P1D', 'Europe/Berlin', 2, '2026-10-25 01:30'),
    ('2026-10-24 02:30+02', 'P1D', 'Europe/Berlin', 3, '2026-10-26 01:30'),
    -- What begins in the first of the two begins there.
    ('2026-10-25 02:30+02', 'P1D', 'Europe/Berlin', 1, '2026-10-25 00:30'),
    ('2026-10-25 02:30+02', 'P1D', 'Europe/Berlin', 2, '2026-10-26 01:30'),
    -- Hours are hours, so that no hour is left out and none comes twice.
    ('2026-03-29 00:30+01', 'PT1H', 'Europe/Berlin', 3, '2026-03-29 01:30'),
    ('2026-10-25 00:30+02', 'PT1H', 'Europe/Berlin', 4, '2026-10-25 01:30'),
    -- The 31st and the 29th of February are where they are.
    ('2026-01-31 00:00+01', 'P1M', 'Europe/Berlin', 2, '2026-02-27 23:00'),
    ('2026-01-31 00:00+01', 'P1M', 'Europe/Berlin', 3, '2026-03-30 22:00'),
    ('2028-02-29 00:00-05', 'P1Y', 'America/New_York', 2, '2029-02-28 05:00'),
    ('2028-02-29 00:00-05', 'P1Y', 'America/New_York', 5, '2032-02-29 05:00')
) AS o (first, every, zone, nth, due);

SELECT * FROM finish();
ROLLBACK;
