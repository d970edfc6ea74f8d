-- Tests of engine.remember.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.remember'::regproc),
    'account_id text, idempotency_key text, operation text, request text, response json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.remember'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'remember', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'remember', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.remember'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(
    $$SELECT engine.remember('rem.alice', 'k1', 'deposit', '(1,,)', '{"a": 1}')$$, 'stores an answer'
);
SELECT results_eq(
    $$
        SELECT k.operation COLLATE "default", k.request_hash, k.response::text
        FROM ledger.idempotency_keys AS k
        WHERE k.account_id = 'rem.alice' AND k.idempotency_key = 'k1'
    $$,
    $$VALUES ('deposit'::text, sha256('(1,,)'), '{"a": 1}'::text)$$,
    'with its operation and the hash of its request'
);
SELECT ok(
    k.created_at BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'and the server clock'
) FROM ledger.idempotency_keys AS k WHERE k.account_id = 'rem.alice' AND k.idempotency_key = 'k1';
SELECT lives_ok(
    $$SELECT engine.remember('rem.bob', 'k1', 'deposit', '(1,,)', '{"a": 1}')$$,
    'another account may use the same key'
);
SELECT lives_ok(
    $$SELECT engine.remember('rem.alice', 'K1', 'deposit', '(1,,)', '{"a": 1}')$$,
    'capitals make another key'
);
SELECT lives_ok(
    $$SELECT engine.remember('rem.alice', chr(128273), 'pay', chr(128176), '{}')$$,
    'a key may be an emoji'
);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.remember('rem.alice', 'k1', 'deposit', '(1,,)', '{"a": 1}')$$,
    '23505', NULL, 'a key is stored once'
);

SELECT * FROM finish();
ROLLBACK;
