-- Tests of bank.end_session.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.end_session'::regproc),
    'session_sha256 text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.end_session'::regproc), 'bank.session_end', 'what it returns'
);
SELECT volatility_is('bank', 'end_session', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'end_session', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.end_session'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.end_session'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.end_session'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
CREATE FUNCTION pg_temp.hash(secret text) RETURNS text LANGUAGE sql
AS $$SELECT encode(sha256(convert_to(secret, 'UTF8')), 'hex')$$;
SELECT bank.begin_session(pg_temp.hash(k.secret), pg_temp.hash(k.name))
FROM unnest('{out.a,out.b}'::text[]) AS n, bank.create_api_key(n, 'teller') AS k;

-- Works
SELECT is((bank.end_session(pg_temp.hash('out.a'))).ended, true, 'it ends');
SELECT throws_ok(
    $$SELECT bank.resume_session(pg_temp.hash('out.a'))$$, 'TL402', 'invalid_session', 'and is gone'
);
SELECT is((bank.resume_session(pg_temp.hash('out.b'))).name, 'out.b', 'no other');
SELECT is((bank.end_session(pg_temp.hash('out.a'))).ended, false, 'again: there is none, which is no error');

-- Refuses
SELECT throws_ok(
    format('SELECT bank.end_session(%L)', s.hash), 'TL007', 'invalid_argument', s.what
) FROM (
    VALUES (NULL, 'none'), (left(pg_temp.hash('out.b'), 62), 'a byte too few')
) AS s (hash, what);

SELECT * FROM finish();
ROLLBACK;
