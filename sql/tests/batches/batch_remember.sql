-- Tests of engine.batch_remember.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_remember'::regproc),
    'owner text, idempotency_key text, results bank.batch_result[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_remember'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'batch_remember', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_remember', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_remember'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given what a batch has posted under a key that it claimed
DO $given$
BEGIN
    PERFORM bank.create_account_at('keep.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('keep.bob', "timestamp" => 1000);
    PERFORM engine.claim('@tap', 'k', 'batch', '\x01');
    PERFORM engine.claim('@tap', 'none', 'batch', '\x01');
END;
$given$;
CREATE TEMP TABLE posted AS
SELECT r.transaction_id FROM bank.deposit_at('keep.bob', 5, "timestamp" => 2000) AS r;
CREATE FUNCTION pg_temp.result(item bigint, status text) RETURNS bank.batch_result
LANGUAGE sql AS $function$
    SELECT jsonb_populate_record(NULL::bank.batch_result, jsonb_build_object(
        'item', item, 'status', status,
        'transaction_id', CASE status WHEN 'refused' THEN NULL ELSE (SELECT p.transaction_id FROM posted AS p) END
    ))
$function$;

-- Works
CREATE TEMP TABLE kept AS SELECT engine.batch_remember(
    '@tap', 'k', ARRAY[pg_temp.result(1, 'refused'), pg_temp.result(2, 'posted')]
) AS kept;
SELECT ok(k.kept, 'something was posted') FROM kept AS k;
SELECT is(
    (t.operation, t.amount, t.details, t."timestamp")::text, '(batch,0,"{""items"": 2}",2000)',
    'a leg on the account that it was posted to, at the time of its newest leg'
) FROM ledger.ledger_transactions AS t WHERE t.account_id = 'keep.bob' AND t.version = 3;
SELECT is(
    t.key_hash, engine.key_hash('@tap', 'k', 'batch', '\x01', k.response, k.created_at),
    'seals the key with its answer'
) FROM ledger.ledger_transactions AS t, ledger.idempotency_keys AS k
WHERE t.account_id = 'keep.bob' AND t.version = 3 AND k.owner = '@tap' AND k.idempotency_key = 'k';
SELECT is(json_array_length(k.response), 2, 'which has every result')
FROM ledger.idempotency_keys AS k WHERE k.owner = '@tap' AND k.idempotency_key = 'k';
CREATE TEMP TABLE unkept AS SELECT engine.batch_remember(
    '@tap', 'none', ARRAY[pg_temp.result(1, 'refused'), pg_temp.result(2, 'replayed')]
) AS kept;
SELECT ok(NOT k.kept, 'nothing was posted') FROM unkept AS k;
SELECT is(k.response::text, NULL, 'so nothing is kept, and nothing sealed')
FROM ledger.idempotency_keys AS k WHERE k.owner = '@tap' AND k.idempotency_key = 'none';

SELECT * FROM finish();
ROLLBACK;
