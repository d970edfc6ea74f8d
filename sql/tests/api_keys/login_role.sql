-- Tests of engine.login_role.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.login_role'::regproc), 'role text', 'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.login_role'::regproc), 'text', 'what it returns');
SELECT volatility_is('engine', 'login_role', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'login_role', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.login_role'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT ok(pg_has_role(engine.login_role(r.role), r.may, 'USAGE'), r.role)
FROM (VALUES ('teller', 'bank_teller'), ('operator', 'bank_operator'), ('auditor', 'bank_auditor')) AS r (role, may);
SELECT is(engine.login_role('owner'), NULL, 'there is no other');

SELECT * FROM finish();
ROLLBACK;
