-- Tests of engine.is_own.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.is_own'::regproc),
    'account_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.is_own'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'is_own', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'is_own', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.is_own'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT ok(engine.is_own('alice'), 'all are, where nothing is said');
SET LOCAL pgteller.accounts = '';
SELECT ok(engine.is_own('alice'), 'or nothing but that');
SET LOCAL pgteller.accounts = '{alice,s:*}';
SELECT ok(engine.is_own('alice'), 'one that is named');
SELECT ok(engine.is_own('s:1'), 'one that begins so');
SELECT ok(NOT engine.is_own('bob'), 'another');

SELECT * FROM finish();
ROLLBACK;
