-- Tests of engine.batch_receipt.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_receipt'::regproc),
    'result bank.batch_result, amount bigint, fee bigint, other_account_id text, currency text',
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

-- Given an account, and receipts
DO $given$
BEGIN
    PERFORM bank.create_account_at('receipt.alice', overdraft_limit => 10, "timestamp" => 1000);
    PERFORM bank.create_account_at('receipt.bob', "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE single AS
SELECT
    '{"operation": "deposit", "account_id": "receipt.alice"}'::jsonb AS body,
    row_to_json(r) AS receipt,
    1000::bigint AS amount,
    0::bigint AS fee,
    NULL::text AS other
FROM bank.deposit_at('receipt.alice', 1000, "timestamp" => 2000) AS r;
INSERT INTO single (body, receipt, amount, fee)
SELECT '{"operation": "withdraw", "account_id": "receipt.alice"}', row_to_json(r), 1, 0
FROM bank.withdraw_at('receipt.alice', 1, "timestamp" => 2000) AS r;
INSERT INTO single (body, receipt, amount, fee, other)
SELECT
    '{"operation": "transfer", "source_account_id": "receipt.alice"}', row_to_json(r), 2, 0,
    'receipt.bob'
FROM bank.transfer_at('receipt.alice', 'receipt.bob', 2, "timestamp" => 2000) AS r;
INSERT INTO single (body, receipt, amount, fee)
SELECT '{"operation": "pay", "account_id": "receipt.alice"}', row_to_json(r), 3, 0
FROM bank.pay_at('receipt.alice', 3, "timestamp" => 2000) AS r;
INSERT INTO single (body, receipt, amount, fee, other)
SELECT
    '{"operation": "pay", "account_id": "receipt.alice"}', row_to_json(r), 500, 1, 'receipt.bob'
FROM bank.pay_at('receipt.alice', 500, 'receipt.bob', 1, "timestamp" => 2000) AS r;

-- Works
SELECT is(
    engine.batch_receipt(
        engine.batch_posted(1, s.body, s.receipt, 'posted'), s.amount, s.fee, s.other, 'EUR'
    )::text, s.receipt::text, 'as the single function made it: ' || s.receipt::text
) FROM single AS s;

SELECT * FROM finish();
ROLLBACK;
