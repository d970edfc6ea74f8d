-- Tests of engine.require_operator.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.require_operator'::regproc),
    'argument text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.require_operator'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'require_operator', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'require_operator', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.require_operator'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given roles of our own, and a function that runs as the owner of the bank, as the writers do
CREATE ROLE tap_operator;
GRANT bank_operator TO tap_operator;
CREATE ROLE tap_teller;
GRANT bank_teller TO tap_teller;
CREATE ROLE tap_stranger;
CREATE FUNCTION pg_temp.ask() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'BEGIN PERFORM engine.require_operator(''timestamp''); END';
ALTER FUNCTION pg_temp.ask() OWNER TO bank_owner;

-- Works
SELECT lives_ok('SELECT pg_temp.ask()', 'a superuser is a member of every role');
SELECT lives_ok('SET ROLE bank_operator; SELECT pg_temp.ask(); RESET ROLE', 'an operator passes');
SELECT lives_ok(
    'SET ROLE tap_operator; SELECT pg_temp.ask(); RESET ROLE', 'a member of operators passes'
);
SELECT lives_ok('SET SESSION AUTHORIZATION tap_operator; SELECT pg_temp.ask();
    RESET SESSION AUTHORIZATION', 'a login that is a member passes');

-- Refuses
SELECT throws_ok(
    format('SET ROLE %I; SELECT pg_temp.ask()', r.role), 'TL201', 'operator_required',
    'refuses ' || r.role
) FROM unnest(ARRAY[
    'bank_teller', 'bank_auditor', 'tap_teller', 'tap_stranger', 'bank_owner'
]) AS r (role);
SELECT throws_ok(
    'SET SESSION AUTHORIZATION tap_teller; SELECT pg_temp.ask()', 'TL201', 'operator_required',
    'refuses a login that is a teller, though the function runs as the owner'
);

SELECT * FROM finish();
ROLLBACK;
