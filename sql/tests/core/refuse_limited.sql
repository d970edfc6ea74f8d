-- Tests of engine.refuse_limited.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_limited'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_limited'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_limited', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_limited', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_limited'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok('SELECT engine.refuse_limited()', 'who is for all');

-- Refuses
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    'SELECT engine.refuse_limited()', 'TL201', 'limited_to_accounts', 'who is for some alone'
);

SELECT * FROM finish();
ROLLBACK;
