-- Tests of engine.is_operator.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.is_operator'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.is_operator'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'is_operator', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'is_operator', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.is_operator'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given roles of our own, and a function that runs as the owner of the bank, as the writers do
CREATE ROLE tap_is_operator;
GRANT bank_operator TO tap_is_operator;
CREATE ROLE tap_is_teller;
GRANT bank_teller TO tap_is_teller;
CREATE FUNCTION pg_temp.ask() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'BEGIN RETURN engine.is_operator(); END';
ALTER FUNCTION pg_temp.ask() OWNER TO bank_owner;

-- Works
SELECT ok(pg_temp.ask(), 'a superuser is a member of every role');
SELECT lives_ok(
    format(
        'SET ROLE %I; SELECT 1 / (pg_temp.ask() = %L)::int; RESET ROLE', r.role, r.answer
    ), format('of %s it says %s', r.role, r.answer)
) FROM (
    VALUES ('bank_operator', true), ('tap_is_operator', true), ('bank_teller', false),
    ('bank_auditor', false), ('tap_is_teller', false), ('bank_owner', false)
) AS r (role, answer);
SELECT lives_ok(
    format(
        'SET SESSION AUTHORIZATION %I; SELECT 1 / (pg_temp.ask() = %L)::int;
        RESET SESSION AUTHORIZATION', r.role, r.answer
    ), format('of the login %s it says %s', r.role, r.answer)
) FROM (VALUES ('tap_is_operator', true), ('tap_is_teller', false)) AS r (role, answer);

SELECT * FROM finish();
ROLLBACK;
