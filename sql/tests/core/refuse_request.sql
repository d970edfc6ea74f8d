-- Tests of engine.refuse_request.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_request'::regproc),
    'amount bigint, metadata jsonb, idempotency_key text, value_at bigint DEFAULT NULL::bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_request'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_request', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_request', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_request'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;

-- Works
SELECT lives_ok(
    $$SELECT engine.refuse_request(1, '{}', 'k', 0), engine.refuse_request(1, NULL, NULL)$$,
    'lets pass what is right'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.refuse_request(%s)', r.arguments), r.code, r.name, r.name
) FROM (
    VALUES ($$0, '[]', '', -1$$, 'TL002', 'invalid_amount'),
    ($$1, '[]', '', -1$$, 'TL005', 'invalid_metadata'),
    ($$1, '{}', '', -1$$, 'TL006', 'invalid_idempotency_key'),
    ($$1, '{}', 'k', -1$$, 'TL003', 'invalid_timestamp')
) AS r (arguments, code, name);
SELECT is(
    pg_temp.detail_of($$SELECT engine.refuse_request(0, '[]', '', -1)$$), '{"amount": 0}'::jsonb,
    'with the numbers that matter'
);

SELECT * FROM finish();
ROLLBACK;
