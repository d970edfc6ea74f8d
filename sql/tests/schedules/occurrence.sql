-- Tests of engine.occurrence.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.occurrence'::regproc),
    'run_at bigint, every text, occurrence bigint',
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
        (extract(epoch FROM o.first::timestamptz) * 1000)::bigint, o.every, o.nth
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

SELECT * FROM finish();
ROLLBACK;
