-- Tests of engine.check_timestamp.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_timestamp'::regproc),
    '"timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_timestamp'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'check_timestamp', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_timestamp', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_timestamp'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok('SELECT engine.check_timestamp(0)', 'takes the epoch');
SELECT lives_ok('SELECT engine.check_timestamp(9007199254740991)', 'takes 2^53-1');
SELECT lives_ok('SELECT engine.check_timestamp(NULL)', 'takes NULL');

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_timestamp(%s)', t.t), 'TL003', 'invalid_timestamp', 'refuses ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992, -9223372036854775807, 9223372036854775807]) AS t (t);

SELECT * FROM finish();
ROLLBACK;
