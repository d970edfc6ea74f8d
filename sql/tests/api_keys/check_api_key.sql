-- Tests of engine.check_api_key.
BEGIN;
SELECT plan(35);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_api_key'::regproc),
    'name text, role text, accounts text[], expires_at bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_api_key'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'check_api_key', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_api_key', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_api_key'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(format('SELECT engine.check_api_key(%L, %L, %L, %L)', k.name, k.role, k.accounts, k.expires_at), k.what)
FROM (
    VALUES ('a', 'teller', NULL, NULL, 'the least'),
    (repeat('a', 64), 'operator', '{a}', 9007199254740991, 'the longest'),
    ('A.b_c:d@e-1', 'auditor', '{a*,*}', NULL, 'every character'),
    ('a', 'teller', array_fill('x'::text, ARRAY[100])::text, NULL, '100 accounts'),
    ('a', 'teller', format('{%s*}', repeat('x', 64)), NULL, 'a long prefix'),
    ('a', 'teller', '{"a b"}', NULL, 'a blank within an id'),
    ('token.a', 'teller', NULL, NULL, 'a name that only begins so')
) AS k (name, role, accounts, expires_at, what);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_api_key(%L, %L, %L, %L)', k.name, k.role, k.accounts, k.expires_at),
    'TL007', 'invalid_argument', k.what
)
FROM (
    VALUES (NULL, 'teller', NULL, NULL, 'no name'), ('', 'teller', NULL, NULL, 'an empty name'),
    (repeat('a', 65), 'teller', NULL, NULL, 'a long name'), ('.a', 'teller', NULL, NULL, 'a dot first'),
    ('a b', 'teller', NULL, NULL, 'a blank'), ('a/b', 'teller', NULL, NULL, 'a slash'),
    ('token', 'teller', NULL, NULL, 'what those with tokens are called'),
    ('token/a', 'teller', NULL, NULL, 'one of those with tokens'),
    (E'a\n', 'teller', NULL, NULL, 'a line break'), ('ä', 'teller', NULL, NULL, 'another letter'),
    ('a', NULL, NULL, NULL, 'no role'), ('a', 'owner', NULL, NULL, 'a role that is none'),
    ('a', 'teller', '{}', NULL, 'no account'), ('a', 'teller', '{NULL}', NULL, 'an account that is NULL'),
    ('a', 'teller', '{""}', NULL, 'an empty account'),
    ('a', 'teller', array_fill('x'::text, ARRAY[101])::text, NULL, '101 accounts'),
    ('a', 'teller', '{{a},{b}}', NULL, 'two dimensions'),
    ('a', 'teller', '{a," b"}', NULL, 'a blank first'), ('a', 'teller', '{"b "}', NULL, 'a blank last'),
    ('a', 'teller', '{" b*"}', NULL, 'a prefix with a blank first'),
    ('a', 'teller', E'{"b\n"}', NULL, 'a line break last'),
    ('a', 'teller', E'{"\u00A0b"}', NULL, 'a blank that does not break'),
    ('a', 'teller', NULL, 1000, 'a time that is past')
) AS k (name, role, accounts, expires_at, what);

SELECT * FROM finish();
ROLLBACK;
