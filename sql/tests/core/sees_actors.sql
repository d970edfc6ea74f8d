-- Tests of engine.sees_actors.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.sees_actors'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('engine.sees_actors'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'sees_actors', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'sees_actors', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.sees_actors'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given logins of each role
CREATE ROLE tap_sees_teller LOGIN IN ROLE bank_teller;
CREATE ROLE tap_sees_operator LOGIN IN ROLE bank_operator;
CREATE ROLE tap_sees_auditor LOGIN IN ROLE bank_auditor;
CREATE ROLE tap_sees_nobody LOGIN;
CREATE FUNCTION pg_temp.as_owner() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'BEGIN RETURN engine.sees_actors(); END';
CREATE FUNCTION pg_temp.seen_by(who text) RETURNS boolean LANGUAGE plpgsql AS $function$
DECLARE
    v_sees boolean;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', who);
    v_sees := pg_temp.as_owner();
    RESET ROLE;
    RETURN v_sees;
END;
$function$;

-- Works
SELECT is(
    pg_temp.seen_by(r.who), r.sees, format('%s: %s', r.who, r.sees)
) FROM (
    VALUES ('bank_teller', false), ('bank_operator', true), ('bank_auditor', true),
    ('tap_sees_teller', false), ('tap_sees_operator', true), ('tap_sees_auditor', true),
    ('tap_sees_nobody', false)
) AS r (who, sees);
SELECT ok(engine.sees_actors(), 'a superuser');
SET SESSION AUTHORIZATION tap_sees_operator;
SELECT pg_temp.as_owner() AS by_login \gset
RESET SESSION AUTHORIZATION;
SELECT ok(:'by_login', 'without SET ROLE the login decides');

SELECT * FROM finish();
ROLLBACK;
