-- Tests of engine.check_operation.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_operation'::regproc),
    'argument text, operation text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_operation'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'check_operation', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_operation', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_operation'::regproc, 'EXECUTE'),
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
SELECT is_empty(
    $$
        SELECT o.operation FROM bank.operations AS o
        WHERE pg_temp.refusal(format('SELECT engine.check_operation(%L, %L)', 'x', o.operation))
            IS NOT NULL
    $$, 'takes each that there is'
);

-- Refuses
SELECT matches(
    pg_temp.refusal(format('SELECT engine.check_operation(%L, %L)', 'x', v.operation)),
    '^x must be one of batch, block_account, .*freeze_account.*, withdraw, not ' || v.shown || '\.$',
    'refuses ' || v.shown
) FROM (VALUES ('freeze', '"freeze"'), ('', '""'), (NULL, 'null')) AS v (operation, shown);

SELECT * FROM finish();
ROLLBACK;
