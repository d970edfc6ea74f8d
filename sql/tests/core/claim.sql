-- Tests of engine.claim.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.claim'::regproc),
    'owner text, idempotency_key text, operation text, request_hash bytea',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.claim'::regproc), 'json', 'what it returns'
);
SELECT volatility_is('engine', 'claim', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'claim', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.claim'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE FUNCTION pg_temp.stored(key text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(k) - ARRAY['created_at', 'idempotency_key']
    FROM ledger.idempotency_keys AS k
    WHERE k.owner = '@tap' AND k.idempotency_key = key
$function$;

-- Works
SELECT is(engine.claim('@tap', 'k1', 'batch', '\x01')::text, NULL, 'a free key is taken');
SELECT is(
    pg_temp.stored('k1'),
    jsonb_build_object(
        'owner', '@tap', 'operation', 'batch', 'request_hash', '\x01'::bytea, 'response', NULL
    ), 'which is stored, with the hash of the request and no response yet'
);
SELECT ok(
    k.created_at BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'and the server clock'
) FROM ledger.idempotency_keys AS k WHERE k.owner = '@tap' AND k.idempotency_key = 'k1';
SELECT is(
    engine.claim('@tap', 'K1', 'batch', '\x01')::text, NULL, 'capitals make another key'
);
SELECT is(
    engine.claim('@tap2', 'k1', 'batch', '\x01')::text, NULL, 'another owner may use the same key'
);
DO $given$
BEGIN
    UPDATE ledger.idempotency_keys AS k SET response = '{"a": 1}'
    WHERE k.owner = '@tap' AND k.idempotency_key = 'k1';
END;
$given$;
SELECT is(
    engine.claim('@tap', 'k1', 'batch', '\x01')::text, '{"a": 1}',
    'a key with a response gives that to the same request'
);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.claim('@tap', 'k1', 'batch', '\x02')$$,
    'TL010', 'idempotency_key_reused', 'refuses another request under the key'
);
SELECT throws_ok(
    $$SELECT engine.claim('@tap', 'k1', 'deposit', '\x01')$$,
    'TL010', 'idempotency_key_reused', 'refuses another operation under the key'
);

SELECT * FROM finish();
ROLLBACK;
