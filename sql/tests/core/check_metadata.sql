-- Tests of engine.check_metadata.
BEGIN;
SELECT plan(26);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_metadata'::regproc), 'metadata jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_metadata'::regproc), 'text',
    'what it returns'
);
SELECT volatility_is('engine', 'check_metadata', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'check_metadata', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_metadata'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE FUNCTION pg_temp.nested(levels integer, innermost text) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT (repeat('{"a":', levels) || innermost || repeat('}', levels))::jsonb
$function$;
CREATE FUNCTION pg_temp.numbers(count integer, number text) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT ('{"a":[' || repeat(number || ',', count - 1) || number || ']}')::jsonb
$function$;

-- Works
SELECT is(engine.check_metadata(m.metadata), NULL, 'takes ' || m.what) FROM (
    VALUES (NULL::jsonb, 'none'),
    ('{}', 'an empty object'),
    (pg_temp.nested(32, '1'), '32 levels'),
    (pg_temp.numbers(1000, '1'), '1000 values'),
    ('{"a": 1e308, "b": -1e308, "c": 1e-300, "d": 12345678901234567890123.45}', 'large numbers'),
    ('{"a": "1e131071", "b": "9e99999"}', 'text that looks like a number'),
    (jsonb_build_object('a', repeat('x', 16375)), '16384 bytes')
) AS m (metadata, what);

-- Names what is wrong
SELECT is(engine.check_metadata(m.metadata), m.flaw, left(m.metadata::text, 50)) FROM (
    VALUES ('[]'::jsonb, 'no object'),
    ('null', 'no object'),
    ('"{}"', 'no object'),
    (pg_temp.nested(33, '1'), 'too many levels'),
    (pg_temp.nested(40, '[]'), 'too many levels'),
    (pg_temp.numbers(1001, '1'), 'too many values'),
    ('{"a": 2e308}', 'too large a number'),
    ('{"a": [{"b": -2e308}]}', 'too large a number'),
    ('{"a": 1e131071}', 'too large a number'),
    (jsonb_build_object('a', repeat('x', 16376)), 'too many bytes'),
    (jsonb_build_object('a', repeat(chr(128512), 4094)), 'too many bytes')
) AS m (metadata, flaw);

-- Whatever it is, it is soon told: as text, these have 393 and 16 million characters
SELECT is(
    engine.check_metadata(pg_temp.numbers(3000, '1e131071')), 'too many values',
    'of several faults the one that is found soonest'
);
SELECT is(
    engine.check_metadata(pg_temp.numbers(1000, '1e131071')), 'too large a number',
    'numbers before bytes'
);
SELECT is(
    engine.check_metadata(pg_temp.numbers(1000, '0e-16383')), 'too many bytes',
    'digits after the point count as bytes'
);

SELECT * FROM finish();
ROLLBACK;
