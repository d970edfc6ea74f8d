-- Tests of bank.begin_session.
BEGIN;
SELECT plan(22);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.begin_session'::regproc),
    'secret_sha256 text, session_sha256 text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.begin_session'::regproc), 'bank.identity', 'what it returns'
);
SELECT volatility_is('bank', 'begin_session', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'begin_session', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.begin_session'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.begin_session'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.begin_session'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
CREATE OR REPLACE FUNCTION engine.now() RETURNS bigint LANGUAGE sql VOLATILE
AS $$SELECT current_setting('test.now')::bigint$$;
SET LOCAL test.now = 1000000000;
CREATE FUNCTION pg_temp.hash(secret text) RETURNS text LANGUAGE sql
AS $$SELECT encode(sha256(convert_to(secret, 'UTF8')), 'hex')$$;
UPDATE ledger.settings SET session_most_ms = 500000;
SELECT k.secret AS teller FROM bank.create_api_key('in.teller', 'teller', '{a,b:*}') AS k \gset
SELECT k.secret AS operator FROM bank.create_api_key('in.operator', 'operator') AS k \gset
SELECT k.secret AS short FROM bank.create_api_key('in.short', 'auditor', expires_at => 1000400000) AS k \gset

-- Works
SELECT results_eq(
    format('SELECT s.* FROM bank.begin_session(pg_temp.hash(%L), pg_temp.hash(''1'')) AS s', :'teller'),
    $$VALUES ('in.teller', 'teller', 'bank_teller', '{a,b:*}'::text[], 1000500000::bigint)$$,
    'whose key it is, and when the session ends'
);
SELECT results_eq(
    format('SELECT s.* FROM bank.begin_session(pg_temp.hash(%L), pg_temp.hash(''2'')) AS s', :'short'),
    $$VALUES ('in.short', 'auditor', 'bank_auditor', NULL::text[], 1000400000::bigint)$$,
    'or the key, if that is sooner'
);
SELECT results_eq(
    $$SELECT s.* FROM ledger.sessions AS s WHERE s.api_key = 'in.teller'$$,
    $$SELECT decode(pg_temp.hash('1'), 'hex'), 'in.teller'::text COLLATE "C", 1000000000::bigint, 1000000000::bigint$$,
    'what is kept'
);
SELECT lives_ok(
    format(
        'SELECT bank.begin_session(pg_temp.hash(%L), pg_temp.hash(%L || n)) FROM generate_series(1, 101) AS n',
        :'operator', 'many'
    ), 'a key signs in as often as it likes'
);
SELECT is(count(*), 100::bigint, 'and has a hundred at most')
FROM ledger.sessions AS s WHERE s.api_key = 'in.operator';
SET LOCAL test.now = 1000500001;
SELECT lives_ok(
    format('SELECT bank.begin_session(pg_temp.hash(%L), pg_temp.hash(''last''))', :'operator'),
    'what has ended is removed meanwhile'
);
SELECT is(count(*), 3::bigint, 'the others next time, a hundred each')
FROM ledger.sessions AS s;
SELECT is(count(*), 1::bigint, 'but never the newest')
FROM ledger.sessions AS s WHERE s.session_hash = decode(pg_temp.hash('last'), 'hex');

-- Refuses
SELECT throws_ok(
    format('SELECT bank.begin_session(%L, pg_temp.hash(''3''))', s.hash), 'TL401', 'invalid_api_key', s.what
) FROM (
    VALUES (NULL, 'no key'), (pg_temp.hash('pgt_'), 'one that is not there'),
    (pg_temp.hash(:'short'), 'one that has expired')
) AS s (hash, what);
SELECT count(bank.revoke_api_key('in.teller'));
SELECT throws_ok(
    format('SELECT bank.begin_session(pg_temp.hash(%L), pg_temp.hash(''3''))', :'teller'),
    'TL401', 'invalid_api_key', 'one that is revoked'
);
SELECT throws_ok(
    format('SELECT bank.begin_session(pg_temp.hash(%L), %L)', :'operator', s.hash),
    'TL007', 'invalid_argument', s.what
) FROM (
    VALUES (NULL, 'no secret of its own'), (left(pg_temp.hash('3'), 63), 'a hash that is too short'),
    (pg_temp.hash('last'), 'one that is there')
) AS s (hash, what);

SELECT * FROM finish();
ROLLBACK;
