-- Tests of engine.check_time_zone.
BEGIN;
SELECT plan(21);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_time_zone'::regproc), 'time_zone text', 'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.check_time_zone'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'check_time_zone', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_time_zone', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_time_zone'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(format('SELECT engine.check_time_zone(%L)', z.name), 'takes ' || z.name)
FROM unnest(ARRAY['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5']) AS z (name);

-- Refuses, also what AT TIME ZONE would take
SELECT throws_ok(
    format('SELECT engine.check_time_zone(%L)', z.name), 'TL007', 'invalid_argument',
    'refuses ' || coalesce(quote_literal(z.name), 'NULL')
) FROM unnest(
    ARRAY['', 'Europe/Atlantis', 'europe/berlin', 'UTC+2', 'CEST', '+02:00', '../../etc/passwd', 'localtime', NULL, 'CET', 'WET']
) AS z (name);
CREATE FUNCTION pg_temp.detail() RETURNS jsonb LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    PERFORM engine.check_time_zone('Mars');
    RETURN NULL;
EXCEPTION
    WHEN SQLSTATE 'TL007' THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail;
END;
$function$;
SELECT is(
    pg_temp.detail(),
    '{"argument": "time_zone", "value": "Mars", "expected": "the name of a time zone such as Europe/Berlin, or UTC"}',
    'and says what would do'
);

SELECT * FROM finish();
ROLLBACK;
