-- Tests of bank.authenticate.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.authenticate'::regproc),
    'secret_sha256 text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.authenticate'::regproc), 'bank.identity', 'what it returns'
);
SELECT volatility_is('bank', 'authenticate', 'stable', 'it is stable');
SELECT is_definer('bank', 'authenticate', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.authenticate'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.authenticate'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.authenticate'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
SELECT (bank.create_api_key('who.' || k.role, k.role, k.accounts)).secret AS secret INTO TEMP made
FROM (VALUES ('teller', '{a,b:*}'::text[]), ('operator', NULL), ('auditor', NULL)) AS k (role, accounts);
CREATE FUNCTION pg_temp.who(secret text) RETURNS bank.identity LANGUAGE sql
AS $$SELECT bank.authenticate(encode(sha256(convert_to(secret, 'UTF8')), 'hex'))$$;

-- Works
SELECT set_eq(
    'SELECT (pg_temp.who(m.secret)).* FROM made AS m',
    $$VALUES ('who.teller', 'teller', 'bank_teller', '{a,b:*}'::text[], NULL::bigint),
    ('who.operator', 'operator', 'bank_operator', NULL, NULL),
    ('who.auditor', 'auditor', 'bank_auditor', NULL, NULL)$$,
    'name, roles and accounts'
);
SELECT k.secret FROM bank.create_api_key('who.short', 'teller', expires_at => engine.now() + 60000) AS k \gset
SELECT is((pg_temp.who(:'secret')).name, 'who.short', 'before it ends');
SELECT is((pg_temp.who(:'secret')).expires_at, k.expires_at, 'and when that will be')
FROM ledger.api_keys AS k WHERE k.name = 'who.short';

-- Refuses
UPDATE ledger.api_keys AS k SET expires_at = engine.now() WHERE k.name = 'who.short';
SELECT throws_ok(
    format('SELECT pg_temp.who(%L)', :'secret'), 'TL401', 'invalid_api_key', 'one that has expired'
);
SELECT count(bank.revoke_api_key('who.teller'));
SELECT throws_ok(
    format('SELECT pg_temp.who(%L)', m.secret), 'TL401', 'invalid_api_key', 'one that is revoked'
) FROM made AS m LIMIT 1;
SELECT throws_ok(
    format('SELECT bank.authenticate(%L)', s.hash), 'TL401', 'invalid_api_key', s.what
) FROM (
    VALUES (NULL, 'none'), ('', 'nothing'), (repeat('0', 64), 'one that is not there'),
    (repeat('A', 64), 'capitals'), (repeat('0', 63), 'half a byte'), ('pgt_' || repeat('0', 64), 'a secret')
) AS s (hash, what);

SELECT * FROM finish();
ROLLBACK;
