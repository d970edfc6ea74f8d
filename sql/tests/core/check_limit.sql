-- Tests of engine.check_limit.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_limit'::regproc),
    '"limit" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_limit'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'check_limit', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_limit', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_limit'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok('SELECT engine.check_limit(1)', 'takes 1');
SELECT lives_ok('SELECT engine.check_limit(9223372036854775807)', 'takes any larger number');
SELECT lives_ok('SELECT engine.check_limit(NULL)', 'takes NULL: no limit');

-- Refuses
SELECT throws_ok('SELECT engine.check_limit(0)', 'TL007', 'invalid_argument', 'refuses 0');
SELECT throws_ok('SELECT engine.check_limit(-1)', 'TL007', 'invalid_argument', 'refuses -1');

SELECT * FROM finish();
ROLLBACK;
