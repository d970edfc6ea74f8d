-- Tests of engine.refuse.
BEGIN;
SELECT plan(8 + count(*)::integer) FROM bank.refusals;

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse'::regproc),
    'name text, detail json DEFAULT ''{}''::json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'refuse', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE FUNCTION pg_temp.refusal(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_code text;
    v_name text;
    v_detail text;
    v_hint text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS
            v_code = RETURNED_SQLSTATE, v_name = MESSAGE_TEXT,
            v_detail = PG_EXCEPTION_DETAIL, v_hint = PG_EXCEPTION_HINT;
        RETURN jsonb_build_object(
            'code', v_code, 'name', v_name, 'detail', v_detail, 'hint', v_hint
        );
END;
$function$;

-- Works
SELECT is(
    pg_temp.refusal(format('SELECT engine.refuse(%L, %L)', r.name, '{"a": 1}')),
    jsonb_build_object('code', r.code, 'name', r.name, 'detail', '{"a": 1}', 'hint', engine.hint(r.hint, '{"a": 1}')),
    'raises ' || r.name
) FROM bank.refusals AS r;
SELECT is(
    pg_temp.refusal($$SELECT engine.refuse('same_account')$$) ->> 'detail', '{}',
    'without numbers that matter the detail is an empty object'
);
SELECT is(
    pg_temp.refusal(format(
        'SELECT engine.refuse(%L, %L)', 'invalid_argument',
        json_build_object('argument', 'x', 'value', repeat('é', 3000), 'number', 5)
    )) ->> 'detail',
    format('{ "argument" : "x", "value" : "%s", "number" : 5 }', repeat('é', 64)),
    'long texts are cut'
);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.refuse('no_such_name')$$, 'P0002', NULL, 'a name that is not in the list fails'
);

SELECT * FROM finish();
ROLLBACK;
