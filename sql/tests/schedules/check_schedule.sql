-- Tests of engine.check_schedule.
BEGIN;
SELECT plan(54);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_schedule'::regproc),
    'run_at bigint, every text, until bigint, time_zone text DEFAULT ''UTC''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_schedule'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'check_schedule', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_schedule', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_schedule'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(
    format('SELECT engine.check_schedule(0, %L, NULL)', w.every), coalesce(w.every, 'once')
) FROM unnest(ARRAY[
    NULL, 'P1Y', 'P12M', 'P2W', 'P10D', 'PT1H', 'PT30M', 'PT1M', 'P1Y2M3W4DT5H6M7S', 'P0DT60S'
]) AS w (every);
SELECT lives_ok(
    'SELECT engine.check_schedule(253402300799999, ''P1D'', 253402300800000)', 'the last moment'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_schedule(%L, NULL, NULL)', w.run_at), 'TL007', 'invalid_argument',
    'refuses run_at ' || coalesce(w.run_at::text, 'NULL')
) FROM (VALUES (-1), (253402300800000), (NULL)) AS w (run_at);
SELECT throws_ok(
    format('SELECT engine.check_schedule(0, %L, NULL)', w.every), 'TL007', 'invalid_argument',
    format('refuses every "%s"', w.every)
) FROM unnest(ARRAY[
    '', 'P', 'PT', 'P0D', 'PT0S', 'P-1M', 'P1.5M', 'P1M ', ' P1M', '1 month', 'P1H', 'PT1D', 'P1D1M',
    'P10000Y', 'P1DT', E'P1D\n', 'p1d', 'monthly', 'PT1S', 'PT59S', 'P0YT59S'
]) AS w (every);
SELECT throws_ok(
    format('SELECT engine.check_schedule(1000, %L, %L)', w.every, w.until), 'TL007',
    'invalid_argument', 'refuses until ' || w.wrong
) FROM (
    VALUES ('P1D', 1000, 'run_at'), ('P1D', 9007199254740992, 'beyond 2^53-1'),
    (NULL, 2000, 'where nothing recurs')
) AS w (every, until, wrong);
SELECT lives_ok(
    format('SELECT engine.check_schedule(0, NULL, NULL, %L)', w.zone), w.zone
) FROM unnest(ARRAY['UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia']) AS w (zone);
SELECT throws_ok(
    format('SELECT engine.check_schedule(0, NULL, NULL, %L)', w.zone), 'TL007',
    'invalid_argument', format('refuses time_zone "%s"', w.zone)
) FROM unnest(ARRAY[
    '', 'europe/berlin', 'Europe/Berlin ', 'CEST', 'UTC+2', '+02', 'localtime', NULL
]) AS w (zone);

SELECT * FROM finish();
ROLLBACK;
