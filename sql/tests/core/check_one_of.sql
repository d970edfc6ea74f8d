-- Tests of engine.check_one_of.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_one_of'::regproc),
    'argument text, value text, allowed text[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_one_of'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'check_one_of', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_one_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_one_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE FUNCTION pg_temp.refusal(command text) RETURNS text
LANGUAGE plpgsql AS $function$
DECLARE
    v_hint text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN SQLSTATE 'TL007' THEN
        GET STACKED DIAGNOSTICS v_hint = PG_EXCEPTION_HINT;
        RETURN v_hint;
END;
$function$;

-- Works
SELECT is(
    pg_temp.refusal(format('SELECT engine.check_one_of(%L, %L, %L)', 'x', v.value, '{a,b}')),
    NULL, 'takes ' || v.value
) FROM (VALUES ('a'), ('b')) AS v (value);

-- Refuses
SELECT is(
    pg_temp.refusal(format('SELECT engine.check_one_of(%L, %L, %L)', 'x', v.value, '{a,b}')),
    format('x must be one of a, b, not %s.', v.shown), 'refuses ' || v.shown
) FROM (
    VALUES ('A', '"A"'), ('', '""'), (NULL, 'null'), (repeat('x', 99), format('"%s"', repeat('x', 64)))
) AS v (value, shown);

SELECT * FROM finish();
ROLLBACK;
