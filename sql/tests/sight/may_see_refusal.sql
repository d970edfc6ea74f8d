-- Tests of engine.may_see_refusal.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.may_see_refusal'::regproc),
    'caller text, account_ids text[], limited boolean, self text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.may_see_refusal'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'may_see_refusal', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'may_see_refusal', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.may_see_refusal'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SET LOCAL pgteller.accounts = '{see.a,see.b}';
SELECT is(engine.may_see_refusal(s.caller, s.accounts::text[], s.limited, 'till'), s.sees, s.what)
FROM (
    VALUES ('desk', '{see.c}', false, true, 'who is for all accounts sees all'),
    ('till', '{see.c}', true, true, 'what he was refused himself'),
    ('desk', '{see.a,see.b}', true, true, 'what is about his accounts'),
    ('desk', '{see.a,see.c}', true, false, 'not what is about others, too'),
    ('desk', '{}', true, false, 'nor what is about none'),
    (NULL, '{}', true, NULL, 'nor what came from nobody knows whom')
) AS s (caller, accounts, limited, sees, what);

SELECT * FROM finish();
ROLLBACK;
