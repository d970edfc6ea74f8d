-- Tests of engine.now.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.now'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.now'::regproc), 'bigint',
    'what it returns'
);
SELECT volatility_is('engine', 'now', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'now', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.now'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT ok(
    engine.now() BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'it is the clock, in whole milliseconds'
);
SELECT ok(
    (
        SELECT late.t > early.t
        FROM (SELECT engine.now() AS t OFFSET 0) AS early
        CROSS JOIN LATERAL (SELECT pg_sleep(0.003 + early.t * 0) AS nap OFFSET 0) AS pause
        CROSS JOIN LATERAL (
            SELECT engine.now() AS t WHERE pause.nap IS NOT NULL OFFSET 0
        ) AS late
    ),
    'and goes on within a transaction and a statement'
);

SELECT * FROM finish();
ROLLBACK;
