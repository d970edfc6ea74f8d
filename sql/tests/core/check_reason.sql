-- Tests of engine.check_reason.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_reason'::regproc),
    'reason text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.check_reason'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'check_reason', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_reason', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_reason'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(
    format('SELECT engine.check_reason(%L)', r.reason), 'takes ' || r.what
) FROM (
    VALUES ('x', 'one character'), (repeat('é', 500), '500 characters'), (' x ', 'blanks around')
) AS r (reason, what);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_reason(%L)', r.reason), 'TL007', 'invalid_argument',
    'refuses ' || r.what
) FROM (
    VALUES (NULL, 'none'), ('', 'an empty one'), ('  ', 'blanks'), (repeat('x', 501), '501 characters')
) AS r (reason, what);
SELECT throws_like(
    $$SELECT engine.check_reason(NULL)$$, 'invalid_argument', 'by its name'
);

SELECT * FROM finish();
ROLLBACK;
