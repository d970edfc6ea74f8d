-- Tests of engine.are_own.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.are_own'::regproc),
    'account_ids text[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.are_own'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'are_own', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'are_own', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.are_own'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT ok(engine.are_own('{a,b}'), 'all are, for who is for all');
SET LOCAL pgteller.accounts = '{a,"till *"}';
SELECT ok(engine.are_own('{a}'), 'one that he is for');
SELECT ok(engine.are_own('{a,till 7}'), 'all of them, one by a prefix');
SELECT ok(NOT engine.are_own('{a,b}'), 'not all of them');
SELECT ok(NOT engine.are_own('{a,NULL}'), 'one that is none');

SELECT * FROM finish();
ROLLBACK;
