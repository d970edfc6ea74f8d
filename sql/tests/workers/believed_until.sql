-- Tests of engine.believed_until.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.believed_until'::regproc),
    'beat_at bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.believed_until'::regproc), 'bigint', 'what it returns');
SELECT volatility_is('engine', 'believed_until', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'believed_until', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.believed_until'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.believed_until(1000), 6000::bigint, 'five seconds');

SELECT * FROM finish();
ROLLBACK;
