-- Tests of engine.remember.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.remember'::regproc),
    'owner text, idempotency_key text, operation text, request_hash bytea, response json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.remember'::regproc), 'bytea',
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
    $$SELECT engine.remember('rem.alice', 'k1', 'deposit', '\x01', '{"a": 1}')$$, 'stores an answer'
);
SELECT results_eq(
    $$
        SELECT k.operation COLLATE "default", k.request_hash, k.response::text
        FROM ledger.idempotency_keys AS k
        WHERE k.owner = 'rem.alice' AND k.idempotency_key = 'k1'
    $$,
    $$VALUES ('deposit'::text, '\x01'::bytea, '{"a": 1}'::text)$$,
    'with its operation and the hash of its request'
);
SELECT ok(
    k.created_at BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'and the server clock'
) FROM ledger.idempotency_keys AS k WHERE k.owner = 'rem.alice' AND k.idempotency_key = 'k1';
CREATE TEMP TABLE remembered AS
SELECT engine.remember('rem.bob', 'k1', 'deposit', '\x01', '{"a": 1}') AS key_hash;
SELECT is(
    (SELECT r.key_hash FROM remembered AS r),
    (
        SELECT engine.key_hash(
            k.owner, k.idempotency_key, k.operation, k.request_hash, k.response, k.created_at
        )
        FROM ledger.idempotency_keys AS k
        WHERE k.owner = 'rem.bob'
    ),
    'another account may use the same key; the hash of all of it is returned'
);
SELECT lives_ok(
    $$SELECT engine.remember('rem.alice', 'K1', 'deposit', '\x01', '{"a": 1}')$$,
    'capitals make another key'
);
SELECT lives_ok(
    $$SELECT engine.remember('rem.alice', chr(128273), 'pay', '\x02', '{}')$$,
    'a key may be an emoji'
);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.remember('rem.alice', 'k1', 'deposit', '\x02', '{"a": 2}')$$,
    'TL010', 'idempotency_key_reused', 'a key that another request has taken'
);
SELECT is(
    (
        SELECT array_agg(k.response::text)
        FROM ledger.idempotency_keys AS k
        WHERE k.owner = 'rem.alice' AND k.idempotency_key = 'k1'
    ), ARRAY['{"a": 1}'], 'which keeps its answer'
);

SELECT * FROM finish();
ROLLBACK;
