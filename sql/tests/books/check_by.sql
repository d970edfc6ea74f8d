-- Tests of engine.check_by.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.check_by'::regproc), 'by text', 'its arguments, by name');
SELECT is(pg_get_function_result('engine.check_by'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'check_by', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_by', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_by'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(format('SELECT engine.check_by(%L)', b.by), 'takes ' || b.by)
FROM unnest(ARRAY['timestamp', 'value_at']) AS b (by);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_by(%L)', b.by), 'TL007', 'invalid_argument',
    'refuses ' || coalesce(quote_literal(b.by), 'NULL')
) FROM unnest(ARRAY['', 'TIMESTAMP', ' value_at', 'recorded_at', NULL]) AS b (by);
CREATE FUNCTION pg_temp.detail() RETURNS jsonb LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    PERFORM engine.check_by('x');
    RETURN NULL;
EXCEPTION
    WHEN SQLSTATE 'TL007' THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail;
END;
$function$;
SELECT is(
    pg_temp.detail(),
    '{"argument": "by", "value": "x", "expected": "one of timestamp, value_at"}',
    'and says what would do'
);

SELECT * FROM finish();
ROLLBACK;
