-- Tests of engine.checked_name.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.checked_name'::regproc), 'name text', 'its arguments'
);
SELECT is(pg_get_function_result('engine.checked_name'::regproc), 'text', 'what it returns');
SELECT volatility_is('engine', 'checked_name', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'checked_name', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.checked_name'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.checked_name(c.name), c.name, 'a name of ' || length(c.name))
FROM unnest(ARRAY['x', 'Zoë Łódź', repeat('ß', 255)]) AS c (name);
SELECT is(engine.checked_name(NULL), NULL, 'none');

-- Refuses
SELECT throws_ok(
    format('SELECT engine.checked_name(%L)', c.name), 'TL007', 'invalid_argument', c.what
) FROM (
    VALUES (repeat('x', 256), '256 characters'), (E'a\nb', 'a line break'),
    (E'\u009f', 'a control character')
) AS c (name, what);

SELECT * FROM finish();
ROLLBACK;
