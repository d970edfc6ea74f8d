-- Tests of engine.session_hash.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.session_hash'::regproc),
    'session_sha256 text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.session_hash'::regproc), 'bytea', 'what it returns'
);
SELECT volatility_is('engine', 'session_hash', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'session_hash', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.session_hash'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.session_hash(repeat('0f', 32)), decode(repeat('0f', 32), 'hex'), 'the same in bytes'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.session_hash(%L)', s.hash), 'TL007', 'invalid_argument', s.what
) FROM (
    VALUES (NULL, 'none'), ('', 'nothing'), (repeat('0', 62), 'a byte too few'),
    (repeat('0', 66), 'a byte too many'), (repeat('0', 63), 'half a byte'),
    (repeat('A', 64), 'capitals'), ('pgs_' || repeat('0', 60), 'a secret')
) AS s (hash, what);

SELECT * FROM finish();
ROLLBACK;
