-- Tests of bank.resume_session.
BEGIN;
SELECT plan(28);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.resume_session'::regproc),
    'session_sha256 text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.resume_session'::regproc), 'bank.identity', 'what it returns'
);
SELECT volatility_is('bank', 'resume_session', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'resume_session', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.resume_session'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.resume_session'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.resume_session'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
CREATE OR REPLACE FUNCTION engine.now() RETURNS bigint LANGUAGE sql VOLATILE
AS $$SELECT current_setting('test.now')::bigint$$;
SET LOCAL test.now = 1000000000;
CREATE FUNCTION pg_temp.hash(secret text) RETURNS text LANGUAGE sql
AS $$SELECT encode(sha256(convert_to(secret, 'UTF8')), 'hex')$$;
UPDATE ledger.settings SET session_idle_ms = 300000, session_most_ms = 900000;
SELECT bank.begin_session(pg_temp.hash(k.secret), pg_temp.hash(d.name))
FROM (
    VALUES ('on.teller', 'teller', '{a,b:*}'::text[], NULL::bigint), ('on.operator', 'operator', NULL, NULL),
    ('on.short', 'auditor', NULL, 1000200000)
) AS d (name, role, accounts, expires_at)
CROSS JOIN LATERAL bank.create_api_key(d.name, d.role, d.accounts, d.expires_at) AS k;
CREATE FUNCTION pg_temp.resume(name text) RETURNS bank.identity LANGUAGE sql
AS $$SELECT bank.resume_session(pg_temp.hash(name))$$;
CREATE FUNCTION pg_temp.used(name text) RETURNS bigint LANGUAGE sql
AS $$SELECT s.used_at FROM ledger.sessions AS s WHERE s.session_hash = decode(pg_temp.hash(name), 'hex')$$;

-- Works
SELECT set_eq(
    $$SELECT (pg_temp.resume(n)).* FROM unnest('{on.teller,on.operator,on.short}'::text[]) AS n$$,
    $$VALUES ('on.teller', 'teller', 'bank_teller', '{a,b:*}'::text[], 1000900000::bigint),
    ('on.operator', 'operator', 'bank_operator', NULL, 1000900000), ('on.short', 'auditor', 'bank_auditor', NULL, 1000200000)$$,
    'whose key it is, and when that or the session ends'
);
SET LOCAL test.now = 1000060000;
SELECT is((pg_temp.resume('on.teller')).name, 'on.teller', 'within a minute');
SELECT is(pg_temp.used('on.teller'), 1000000000::bigint, 'nothing is written');
SET LOCAL test.now = 1000060001;
SELECT is((pg_temp.resume('on.teller')).name, 'on.teller', 'after that');
SELECT is(pg_temp.used('on.teller'), 1000060001::bigint, 'it is noted');
SELECT is(pg_temp.used('on.operator'), 1000000000::bigint, 'of this one alone');
SET LOCAL test.now = 1000199999;
SELECT is((pg_temp.resume('on.short')).name, 'on.short', 'until the key ends');
SET LOCAL test.now = 1000299999;
SELECT is((pg_temp.resume('on.operator')).name, 'on.operator', 'until it has been idle for too long');
SELECT is(
    (SELECT array_agg((SELECT (pg_temp.resume('on.operator')).name FROM set_config('test.now', t::text, true)))
    FROM generate_series(1000500000, 1000899999, 99999) AS t), array_fill('on.operator'::text, ARRAY[5]),
    'one that is used goes on'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.resume_session(%L)', s.hash), 'TL007', 'invalid_argument', s.what
) FROM (
    VALUES (NULL, 'none'), (left(pg_temp.hash('on.operator'), 62), 'a byte too few'),
    ('pgs_' || repeat('0', 43), 'a secret')
) AS s (hash, what);
SELECT throws_ok(
    $$SELECT pg_temp.resume('none')$$, 'TL402', 'invalid_session', 'one that is not there'
);
SET LOCAL test.now = 1000899999;
SELECT is((pg_temp.resume('on.operator')).name, 'on.operator', 'in its last moment');
SET LOCAL test.now = 1000900000;
SELECT throws_ok(
    $$SELECT pg_temp.resume('on.operator')$$, 'TL402', 'invalid_session', 'one that is too old, however busy'
);
SET LOCAL test.now = 1000360000;
SELECT is((pg_temp.resume('on.teller')).name, 'on.teller', 'a moment before it is idle');
UPDATE ledger.sessions AS s SET used_at = 1000060001 WHERE s.api_key = 'on.teller';
SELECT throws_ok(
    $$SELECT pg_temp.resume('on.teller') FROM set_config('test.now', '1000360001', true)$$,
    'TL402', 'invalid_session', 'one that has been idle for so long'
);
SELECT throws_ok(
    $$SELECT pg_temp.resume('on.teller') FROM set_config('test.now', '1000360002', true)$$,
    'TL402', 'invalid_session', 'or longer'
);
SET LOCAL test.now = 1000200000;
SELECT throws_ok(
    $$SELECT pg_temp.resume('on.short')$$, 'TL402', 'invalid_session', 'one whose key has expired'
);
SELECT is((pg_temp.resume('on.teller')).name, 'on.teller', 'one that goes on');
SELECT count(bank.revoke_api_key('on.teller'));
SELECT throws_ok(
    $$SELECT pg_temp.resume('on.teller')$$, 'TL402', 'invalid_session', 'ends when its key is revoked'
);

SELECT * FROM finish();
ROLLBACK;
