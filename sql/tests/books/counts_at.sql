-- Tests of engine.counts_at.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.counts_at'::regproc),
    'by text, "timestamp" bigint, value_at bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.counts_at'::regproc), 'bigint', 'what it returns');
SELECT volatility_is('engine', 'counts_at', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'counts_at', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.counts_at'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.counts_at('timestamp', 5, NULL), 5::bigint, 'by timestamp');
SELECT is(engine.counts_at('timestamp', 5, 7), 5::bigint, 'whatever the value date');
SELECT is(engine.counts_at('value_at', 5, 7), 7::bigint, 'by value date');
SELECT is(engine.counts_at('value_at', 5, NULL), 5::bigint, 'where there is one');

SELECT * FROM finish();
ROLLBACK;
