-- Tests of engine.show_payment.
BEGIN;
SELECT plan(4);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.show_payment'::regproc),
    'payment ledger.payments, currency text', 'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.show_payment'::regproc), 'bank.payment', 'what it returns');

-- Works
SELECT is(
    row_to_json(engine.show_payment(
        jsonb_populate_record(NULL::ledger.payments, '{
            "payment_number": 7, "account_id": "sp.a", "merchant_account_id": "sp.shop",
            "transaction_id": 5, "timestamp": 1000, "amount": 500, "fee": 2, "refunded": 100,
            "promised": 10, "cashback": 8, "clawed_back": 0, "cashback_due_at": 2000,
            "cashback_status": "pending"
        }'), 'EUR'
    ))::jsonb,
    '{"payment_id": "payment7", "account_id": "sp.a", "transaction_id": 5, "amount": 500, "fee": 2,
        "merchant_account_id": "sp.shop", "refunded": 100, "currency": "EUR", "timestamp": 1000,
        "cashback": {"promised": 10, "amount": 8, "clawed_back": 0, "due_at": 2000,
            "status": "pending", "transaction_id": null}}'::jsonb,
    'all that is told of a payment'
);
SELECT is(
    (engine.show_payment(
        jsonb_populate_record(NULL::ledger.payments, '{"payment_number": 8, "amount": 500}'), 'EUR'
    )).cashback::text,
    NULL, 'without a cashback where none was promised'
);

SELECT * FROM finish();
ROLLBACK;
