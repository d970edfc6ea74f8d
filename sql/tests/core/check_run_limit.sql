-- Tests of engine.check_run_limit.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT volatility_is('engine', 'check_run_limit', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_run_limit', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_run_limit'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok('SELECT engine.check_run_limit(1)', 'takes 1');
SELECT lives_ok('SELECT engine.check_run_limit(100000)', 'takes 100000');

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_run_limit(%L)', l.value), 'TL007', 'invalid_argument',
    'refuses ' || coalesce(l.value::text, 'NULL')
) FROM unnest(ARRAY[0, 100001, -1, NULL]::bigint[]) AS l (value);

SELECT * FROM finish();
ROLLBACK;
