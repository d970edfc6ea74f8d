-- Tests of engine.batch_receipt.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_receipt'::regproc),
    'item engine.batch_item, result bank.batch_result, currency text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_receipt'::regproc), 'json', 'what it returns'
);
SELECT volatility_is('engine', 'batch_receipt', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_receipt', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_receipt'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an account, and a result
DO $given$
BEGIN
    PERFORM bank.create_account('receipt.alice', overdraft_limit => 10, "timestamp" => 1000);
    PERFORM bank.create_account('receipt.bob', "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE single AS
SELECT row_to_json(r)::text AS receipt, 1 AS item
FROM bank.deposit('receipt.alice', 1000, "timestamp" => 2000) AS r;
INSERT INTO single
SELECT row_to_json(r), 2 FROM bank.withdraw('receipt.alice', 1, "timestamp" => 2000) AS r;
INSERT INTO single
SELECT row_to_json(r), 3 FROM bank.transfer('receipt.alice', 'receipt.bob', 2, 2000) AS r;
INSERT INTO single
SELECT row_to_json(r), 4 FROM bank.pay('receipt.alice', 3, "timestamp" => 2000) AS r;
INSERT INTO single
SELECT row_to_json(r), 5 FROM bank.pay('receipt.alice', 500, 'receipt.bob', 1, 2000) AS r;

-- Works
SELECT is(
    engine.batch_receipt(i, engine.batch_posted(i, s.receipt::json, false), 'EUR')::text, s.receipt,
    'as the single function made it: ' || i.operation || ' ' || i.item
) FROM engine.batch_items('[
    {"operation": "deposit", "account_id": "receipt.alice", "amount": 1000},
    {"operation": "withdraw", "account_id": "receipt.alice", "amount": 1},
    {"operation": "transfer", "source_account_id": "receipt.alice",
        "target_account_id": "receipt.bob", "amount": 2},
    {"operation": "pay", "account_id": "receipt.alice", "amount": 3},
    {"operation": "pay", "account_id": "receipt.alice", "merchant_account_id": "receipt.bob",
        "amount": 500, "fee": 1}
]', false) AS i
INNER JOIN single AS s ON s.item = i.item
ORDER BY i.item;

SELECT * FROM finish();
ROLLBACK;
