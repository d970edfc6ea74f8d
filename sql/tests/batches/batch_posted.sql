-- Tests of engine.batch_posted.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_posted'::regproc),
    'item bigint, body jsonb, receipt json, status text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_posted'::regproc), 'bank.batch_result', 'what it returns'
);
SELECT volatility_is('engine', 'batch_posted', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_posted', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_posted'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    jsonb_strip_nulls(to_jsonb(engine.batch_posted(1, '{
        "operation": "transfer", "source_account_id": "a", "target_account_id": "b", "amount": 3
    }', '{
        "transaction_id": 7, "source_account_id": "a", "target_account_id": "b", "amount": 3,
        "balance": 5, "available": 6, "currency": "EUR", "timestamp": 9
    }', s.status))),
    '{
        "item": 1, "operation": "transfer", "transaction_id": 7, "account_id": "a", "balance": 5,
        "available": 6, "timestamp": 9
    }'::jsonb || jsonb_build_object('status', s.status), 'of a transfer, ' || s.status
) FROM unnest(ARRAY['replayed', 'posted']) AS s (status);
SELECT is(
    jsonb_strip_nulls(to_jsonb(engine.batch_posted(1, '{"operation": "pay", "account_id": "a"}', '{
        "payment_id": "payment1", "transaction_id": 7, "account_id": "a", "amount": 3, "fee": 0,
        "merchant_account_id": null, "balance": 5, "available": 6, "currency": "EUR",
        "timestamp": 9, "cashback": {"amount": 1, "due_at": 10}
    }', 'posted'))),
    '{
        "item": 1, "status": "posted", "operation": "pay", "transaction_id": 7,
        "payment_id": "payment1", "account_id": "a", "balance": 5, "available": 6, "timestamp": 9,
        "cashback": {"amount": 1, "due_at": 10}
    }'::jsonb, 'of a payment'
);
SELECT is(
    jsonb_strip_nulls(to_jsonb(engine.batch_posted(
        1, '{"operation": "reverse_transaction"}',
        '{"transaction_id": 7, "operation": "deposit", "timestamp": 9}', 'posted'
    ))),
    '{
        "item": 1, "status": "posted", "operation": "reverse_transaction", "transaction_id": 7,
        "timestamp": 9, "receipt": {"transaction_id": 7, "operation": "deposit", "timestamp": 9}
    }'::jsonb, 'what says more comes whole'
);
SELECT is(
    jsonb_strip_nulls(to_jsonb(engine.batch_posted(
        1, '{"operation": "capture_hold"}', '{"account_id": "a", "status": "captured"}', 'posted'
    ))),
    '{
        "item": 1, "status": "posted", "operation": "capture_hold", "account_id": "a",
        "receipt": {"account_id": "a", "status": "captured"}
    }'::jsonb, 'the status of a hold is not that of the item'
);

SELECT * FROM finish();
ROLLBACK;
