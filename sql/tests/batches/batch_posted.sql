-- Tests of engine.batch_posted.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_posted'::regproc),
    'item engine.batch_item, receipt json, replayed boolean',
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
    jsonb_strip_nulls(to_jsonb(engine.batch_posted(i, '{
        "transaction_id": 7, "source_account_id": "a", "target_account_id": "b", "amount": 3,
        "balance": 5, "available": 6, "currency": "EUR", "timestamp": 9
    }', r.replayed))),
    '{
        "item": 1, "operation": "transfer", "transaction_id": 7, "account_id": "a", "balance": 5,
        "available": 6, "timestamp": 9
    }'::jsonb || jsonb_build_object('status', r.status), 'of a transfer, ' || r.status
) FROM engine.batch_items('[
    {"operation": "transfer", "source_account_id": "a", "target_account_id": "b", "amount": 3}
]', false) AS i
CROSS JOIN (VALUES (true, 'replayed'), (false, 'posted')) AS r (replayed, status);
SELECT is(
    jsonb_strip_nulls(to_jsonb(engine.batch_posted(i, '{
        "payment_id": "payment1", "transaction_id": 7, "account_id": "a", "amount": 3, "fee": 0,
        "merchant_account_id": null, "balance": 5, "available": 6, "currency": "EUR",
        "timestamp": 9, "cashback": {"amount": 1, "due_at": 10}
    }', false))),
    '{
        "item": 1, "status": "posted", "operation": "pay", "transaction_id": 7,
        "payment_id": "payment1", "account_id": "a", "balance": 5, "available": 6, "timestamp": 9,
        "cashback": {"amount": 1, "due_at": 10}
    }'::jsonb, 'of a payment'
) FROM engine.batch_items('[{"operation": "pay", "account_id": "a"}]', false) AS i;

SELECT * FROM finish();
ROLLBACK;
