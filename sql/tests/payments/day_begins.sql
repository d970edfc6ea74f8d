-- Tests of engine.day_begins.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.day_begins'::regproc),
    'day date, time_zone text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.day_begins'::regproc), 'bigint', 'what it returns'
);
SELECT volatility_is('engine', 'day_begins', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'day_begins', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.day_begins'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    to_timestamp(engine.day_begins(d.day::date, d.zone) / 1000), d.begins::timestamptz,
    format('%s in %s, %s', d.day, d.zone, d.what)
) FROM (
    VALUES ('2026-07-01', 'UTC', '2026-07-01 00:00+00', 'as it is'),
    ('2026-07-01', 'Europe/Berlin', '2026-07-01 00:00+02', 'east of Greenwich'),
    ('2026-03-29', 'Europe/Berlin', '2026-03-29 00:00+01', 'a day of 23 hours'),
    ('2026-03-30', 'Europe/Berlin', '2026-03-30 00:00+02', 'the day after it'),
    ('2018-11-04', 'America/Sao_Paulo', '2018-11-04 01:00-02', 'without midnight'),
    ('2018-02-18', 'America/Sao_Paulo', '2018-02-18 00:00-03', 'after an hour that came twice'),
    ('2026-11-01', 'America/Havana', '2026-11-01 00:00-04', 'with two midnights, the first'),
    ('2026-07-01', 'Pacific/Kiritimati', '2026-06-30 10:00+00', 'far in the east')
) AS d (day, zone, begins, what);

SELECT * FROM finish();
ROLLBACK;
