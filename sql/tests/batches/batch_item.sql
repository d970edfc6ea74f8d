-- Tests of engine.batch_item.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_item'::regproc),
    'item engine.batch_item',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_item'::regproc), 'bank.batch_result', 'what it returns'
);
SELECT volatility_is('engine', 'batch_item', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_item', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_item'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('bitem.alice', "timestamp" => 1000);
    PERFORM bank.create_account('bitem.bob', "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.run(item jsonb) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT jsonb_strip_nulls(to_jsonb(r)) - 'transaction_id' - 'payment_id'
    FROM engine.batch_items(jsonb_build_array(
        '{"timestamp": 2000, "metadata": {"m": 1}}'::jsonb || item
    ), false) AS i
    CROSS JOIN LATERAL engine.batch_item(i) AS r
    OFFSET 0
$function$;

-- Works
SELECT is(
    pg_temp.run(r.item),
    r.result || '{"item": 1, "status": "posted", "account_id": "bitem.alice", "timestamp": 2000}',
    r.result ->> 'operation'
) FROM (
    VALUES (
        '{"operation": "deposit", "account_id": "bitem.alice", "amount": 1000}'::jsonb,
        '{"operation": "deposit", "balance": 1000, "available": 1000}'::jsonb
    ), (
        '{"operation": "withdraw", "account_id": "bitem.alice", "amount": 1}',
        '{"operation": "withdraw", "balance": 999, "available": 999}'
    ), (
        '{"operation": "transfer", "source_account_id": "bitem.alice",
            "target_account_id": "bitem.bob", "amount": 2}',
        '{"operation": "transfer", "balance": 997, "available": 997}'
    ), (
        '{"operation": "pay", "account_id": "bitem.alice", "merchant_account_id": "bitem.bob",
            "amount": 50, "fee": 7, "idempotency_key": "k"}',
        '{"operation": "pay", "balance": 940, "available": 940,
            "cashback": {"amount": 1, "due_at": 86402000}}'
    )
) AS r (item, result);
SELECT is(
    (
        SELECT array_agg(
            format('%s %s %s %s', t.operation, t.amount, t.contra_account_id, t.metadata)
            ORDER BY t.version
        )
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'bitem.alice' AND t.version > 1
    ), ARRAY[
        'deposit 1000 @external {"m": 1}', 'withdraw -1 @external {"m": 1}',
        'transfer -2 bitem.bob {"m": 1}', 'pay -50 bitem.bob {"m": 1}', 'fee -7 @fees '
    ], 'every field reaches its function'
);
SELECT is(
    pg_temp.run('{"operation": "pay", "account_id": "bitem.alice",
        "merchant_account_id": "bitem.bob", "amount": 50, "fee": 7, "idempotency_key": "k"}')
    ->> 'status', 'replayed', 'a repeat under a key is replayed'
);

-- Refuses
SELECT throws_ok(
    $$SELECT pg_temp.run('{"operation": "pay", "account_id": "bitem.alice",
        "merchant_account_id": "bitem.bob", "amount": 51, "fee": 7, "idempotency_key": "k"}')$$,
    'TL010', 'idempotency_key_reused', 'refuses another request under the key'
);
SELECT throws_ok(
    $$SELECT pg_temp.run('{"operation": "withdraw", "account_id": "bitem.alice", "amount": 941}')$$,
    'TL302', 'insufficient_funds', 'refuses what its function refuses'
);

SELECT * FROM finish();
ROLLBACK;
