-- Tests of engine.retry_after.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.retry_after'::regproc),
    'attempt bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.retry_after'::regproc), 'bigint', 'what it returns');
SELECT volatility_is('engine', 'retry_after', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'retry_after', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.retry_after'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT results_eq(
    'SELECT engine.retry_after(n) FROM generate_series(1, 5) AS n',
    'VALUES (3600000::bigint), (14400000), (86400000), (NULL), (NULL)',
    'an hour, four, a day, and no more'
);

SELECT * FROM finish();
ROLLBACK;
