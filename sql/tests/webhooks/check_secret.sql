-- Tests of engine.check_secret.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_secret'::regproc),
    'secret text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.check_secret'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'check_secret', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_secret', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_secret'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(format('SELECT engine.check_secret(%L)', s.secret), 'takes ' || coalesce(s.secret, 'NULL'))
FROM (VALUES (NULL), ('0123456789abcdef')) AS s (secret);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_secret(%L)', s.secret), 'TL007', 'invalid_argument', 'refuses ' || s.what
) FROM (
    VALUES ('0123456789abcde', 'a short secret'), (repeat('x', 256), 'a long one'),
    ('0123456789 abcdef', 'a blank in it'), (E'0123456789abcdef\n', 'a line end')
) AS s (secret, what);

SELECT * FROM finish();
ROLLBACK;
