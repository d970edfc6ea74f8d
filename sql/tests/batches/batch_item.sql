-- Tests of engine.batch_item.
BEGIN;
SELECT plan(21);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_item'::regproc),
    'body jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_item'::regproc), 'json', 'what it returns'
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
    PERFORM bank.create_account_at(n.id, n.currency, "timestamp" => 1000)
    FROM (VALUES ('bitem.alice', 'EUR'), ('bitem.bob', 'EUR'), ('bitem.usd', 'USD')) AS n (
        id, currency
    );
END;
$given$;
CREATE FUNCTION pg_temp.run(body jsonb) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(engine.batch_item('{"timestamp": 2000, "metadata": {"m": 1}}'::jsonb || body))
$function$;

-- Works
SELECT ok(
    pg_temp.run(r.body) @> ('{"timestamp": 2000}'::jsonb || r.receipt), r.body ->> 'operation'
) FROM (
    VALUES (
        '{"operation": "deposit", "account_id": "bitem.alice", "amount": 1000}'::jsonb,
        '{"balance": 1000, "available": 1000}'::jsonb
    ), (
        '{"operation": "withdraw", "account_id": "bitem.alice", "amount": 1}', '{"balance": 999}'
    ), (
        '{"operation": "transfer", "source_account_id": "bitem.alice",
            "target_account_id": "bitem.bob", "amount": 2, "value_at": 1500}', '{"balance": 997}'
    ), (
        '{"operation": "pay", "account_id": "bitem.alice", "merchant_account_id": "bitem.bob",
            "amount": 50, "fee": 7}',
        '{"balance": 940, "cashback": {"amount": 1, "due_at": 86402000}}'
    )
) AS r (body, receipt);
SELECT ok(
    pg_temp.run(
        r.body || jsonb_build_object('payment_id', 'payment' || currval('ledger.payment_seq'))
    ) @> r.receipt, r.body ->> 'operation'
) FROM (
    VALUES ('{"operation": "refund_payment", "amount": 20}'::jsonb, '{"refunded": 20}'::jsonb)
) AS r (body, receipt);
SELECT ok(
    pg_temp.run(r.body) @> r.receipt, r.body ->> 'operation'
) FROM (
    VALUES (
        '{"operation": "post", "postings": [
            {"source_account_id": "bitem.alice", "target_account_id": "@fees", "amount": 3}
        ]}'::jsonb, '{"postings": 1}'::jsonb
    ), (
        '{"operation": "exchange", "source_account_id": "bitem.alice",
            "target_account_id": "bitem.usd", "amount": 4, "target_amount": 5}',
        '{"amount": 4, "target_amount": 5}'
    ), (
        '{"operation": "hold", "account_id": "bitem.alice", "amount": 40, "expires_at": 9000000,
            "target_account_id": "bitem.bob"}',
        '{"held": 40, "expires_at": 9000000, "target_account_id": "bitem.bob"}'
    )
) AS r (body, receipt);
SELECT ok(
    pg_temp.run(r.body || jsonb_build_object('hold_id', 'hold' || currval('ledger.hold_seq')))
    @> r.receipt, r.body ->> 'operation'
) FROM (
    VALUES (
        '{"operation": "capture_hold", "amount": 10, "final": false}'::jsonb,
        '{"captured": 10, "remaining": 30}'::jsonb
    ), ('{"operation": "raise_hold", "amount": 5, "expires_at": 9000001}',
        '{"remaining": 35, "expires_at": 9000001}'),
    ('{"operation": "refund_hold", "amount": 4}', '{"refunded": 4}'),
    ('{"operation": "release_hold"}', '{"released": 35}')
) AS r (body, receipt);
SELECT ok(
    pg_temp.run(jsonb_build_object(
        'operation', 'reverse_transaction', 'reason', 'why', 'transaction_id', t.transaction_id
    )) @> jsonb_build_object('reverses', t.transaction_id, 'forced', false, 'reason', 'why'),
    'reverse_transaction'
) FROM ledger.ledger_transactions AS t WHERE t.account_id = 'bitem.alice' AND t.version = 4;
SELECT is(
    (
        SELECT array_agg(
            format('%s %s %s %s', t.operation, t.amount, t.contra_account_id, t.metadata)
            ORDER BY t.version
        )
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'bitem.alice' AND t.version BETWEEN 2 AND 6
    ), ARRAY[
        'deposit 1000 @external {"m": 1}', 'withdraw -1 @external {"m": 1}',
        'transfer -2 bitem.bob {"m": 1}', 'pay -50 bitem.bob {"m": 1}', 'fee -7 @fees '
    ], 'every field reaches its function'
);
SELECT is_empty(
    $$
        SELECT f.operation, f.field
        FROM engine.batch_fields AS f
        LEFT JOIN pg_attribute AS a
            ON a.attrelid = 'engine.batch_item'::regclass AND a.attname = f.field
        WHERE a.attname IS NULL OR f.type IS DISTINCT FROM CASE a.atttypid
            WHEN 'text'::regtype THEN 'string'
            WHEN 'bigint'::regtype THEN 'number'
            WHEN 'boolean'::regtype THEN 'boolean'
        END
    $$, 'an item has every field of every operation'
);

-- Refuses
SELECT throws_ok(
    $$
        SELECT pg_temp.run(
            '{"operation": "withdraw", "account_id": "bitem.alice", "amount": 99999}'
        )
    $$,
    'TL302', 'insufficient_funds', 'refuses what its function refuses'
);

SELECT * FROM finish();
ROLLBACK;
