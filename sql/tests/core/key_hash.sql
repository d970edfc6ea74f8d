-- Tests of engine.key_hash.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.key_hash'::regproc),
    'owner text, idempotency_key text, operation text, request_hash bytea, response json, '
    || 'created_at bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.key_hash'::regproc), 'bytea', 'what it returns'
);
SELECT volatility_is('engine', 'key_hash', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'key_hash', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.key_hash'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.key_hash('it''s', 'k', 'pay', '\xab01', '{"a": "\\"}', 7),
    sha256(convert_to($$'it''s','k','pay',ab01,E'{"a": "\\\\"}',7$$, 'UTF8')),
    'the hash of a text that any other program can write too'
);
SELECT isnt(
    engine.key_hash(c.owner, c.key, c.operation, c.hash, c.response, c.created_at),
    engine.key_hash('o', 'k', 'pay', 'h', '{}', 7), 'it changes with ' || c.what
) FROM (
    VALUES ('the owner', 'p', 'k', 'pay', 'h'::bytea, '{}'::json, 7),
    ('the key', 'o', 'K', 'pay', 'h', '{}', 7), ('the operation', 'o', 'k', 'paz', 'h', '{}', 7),
    ('the request', 'o', 'k', 'pay', 'i', '{}', 7), ('the answer', 'o', 'k', 'pay', 'h', '{ }', 7),
    ('having none', 'o', 'k', 'pay', 'h', NULL, 7), ('its time', 'o', 'k', 'pay', 'h', '{}', 8)
) AS c (what, owner, key, operation, hash, response, created_at);

SELECT * FROM finish();
ROLLBACK;
