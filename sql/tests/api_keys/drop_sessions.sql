-- Tests of engine.drop_sessions.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.drop_sessions'::regproc),
    'api_key text, newest bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.drop_sessions'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'drop_sessions', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'drop_sessions', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.drop_sessions'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE OR REPLACE FUNCTION engine.now() RETURNS bigint LANGUAGE sql VOLATILE
AS $$SELECT current_setting('test.now')::bigint$$;
SET LOCAL test.now = 1000000000;
DELETE FROM ledger.sessions;
UPDATE ledger.settings SET session_idle_ms = 300000, session_most_ms = 400000;
SELECT count(bank.create_api_key(k.name, 'teller')) FROM unnest('{drop.a,drop.b}'::text[]) AS k (name);
CREATE FUNCTION pg_temp.put(api_key text, begun_at bigint, used_at bigint, number bigint DEFAULT 1)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger.sessions (session_hash, api_key, begun_at, used_at)
    VALUES (sha256(convert_to(concat_ws('/', api_key, begun_at, number), 'UTF8')), api_key, begun_at, used_at)
$$;
SELECT count(pg_temp.put(k.name, 999000000 + n, 999800000 + n))
FROM generate_series(1, 3) AS n, unnest('{drop.a,drop.b}'::text[]) AS k (name);

-- Works
SELECT lives_ok($$SELECT engine.drop_sessions('drop.a', 2)$$, 'a key has its newest alone');
SELECT bag_eq(
    'SELECT s.api_key::text, s.begun_at - 999000000 FROM ledger.sessions AS s',
    $$VALUES ('drop.a', 2::bigint), ('drop.a', 3), ('drop.b', 1), ('drop.b', 2), ('drop.b', 3)$$,
    'no other key loses any'
);
SELECT lives_ok($$SELECT engine.drop_sessions('drop.a', 0)$$, 'or none');
SELECT is(count(*), 3::bigint, 'as it was told') FROM ledger.sessions AS s;
SET LOCAL test.now = 1000100002;
SELECT lives_ok($$SELECT engine.drop_sessions('drop.a', 0)$$, 'what was used too long ago goes');
SELECT bag_eq(
    'SELECT s.begun_at - 999000000 FROM ledger.sessions AS s', 'SELECT 3::bigint',
    'whoever''s it is, from that moment on'
);
UPDATE ledger.settings SET session_idle_ms = 31536000000;
SET LOCAL test.now = 1000200002;
SELECT lives_ok($$SELECT engine.drop_sessions('drop.a', 0)$$, 'where they may be idle for long');
SELECT is(count(*), 1::bigint, 'one that may go on stays') FROM ledger.sessions AS s;
SET LOCAL test.now = 1000200003;
SELECT count(engine.drop_sessions('drop.a', 0));
SELECT is(count(*), 0::bigint, 'and goes once it is too old') FROM ledger.sessions AS s;
SELECT count(pg_temp.put('drop.b', 1, 1, n)) FROM generate_series(1, 150) AS n;
SELECT count(engine.drop_sessions('drop.a', 0));
SELECT is(count(*), 50::bigint, 'a hundred at a time') FROM ledger.sessions AS s;

SELECT * FROM finish();
ROLLBACK;
