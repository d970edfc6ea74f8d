-- Tests of engine.batch_is_plain.
BEGIN;
SELECT plan(29);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_is_plain'::regproc),
    'body jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_is_plain'::regproc), 'boolean', 'what it returns'
);
SELECT volatility_is('engine', 'batch_is_plain', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'batch_is_plain', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_is_plain'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.batch_is_plain(b.body), b.plain, b.body::text) FROM (
    VALUES ('{"operation": "deposit", "account_id": "a", "amount": 1}'::jsonb, true),
    ('{"operation": "transfer", "source_account_id": "a", "target_account_id": "b", "amount": 1}',
        true),
    ('{"operation": "deposit", "account_id": "a", "amount": -1}', true),
    ('{"operation": "deposit", "account_id": "a", "amount": 999999999999999999}', true),
    ('{"operation": "deposit", "account_id": "a", "amount": 1000000000000000000}', false),
    ('{"operation": "deposit", "account_id": "a", "amount": 1.5}', false),
    ('{"operation": "deposit", "account_id": "a", "amount": 1.0}', false),
    ('{"operation": "deposit", "account_id": "a", "amount": "1"}', false),
    ('{"operation": "deposit", "account_id": "a", "amount": null}', false),
    ('{"operation": "deposit", "account_id": 1, "amount": 1}', false),
    ('{"operation": "deposit", "account_id": "a"}', false),
    ('{"operation": "deposit", "account_id": "a", "amount": 1, "linked": true}', false),
    ('{"operation": "transfer", "source_account_id": "a", "amount": 1}', false),
    ('{"operation": "transfer", "account_id": "a", "amount": 1}', false),
    ('{"operation": "withdraw", "account_id": "a", "amount": 1}', true),
    ('{"operation": "pay", "account_id": "a", "amount": 1, "metadata": [1]}', true),
    ('{"operation": "pay", "account_id": "a", "amount": 1, "fee": 1}', false),
    ('{"operation": "deposit", "account_id": "a", "amount": 1, "idempotency_key": "k"}', true),
    ('{"operation": "deposit", "account_id": "a", "amount": 1, "idempotency_key": 1}', false),
    ('{"operation": "hold", "account_id": "a", "amount": 1}', false),
    ('{}', false), ('[]', false), ('1', false), ('null', false)
) AS b (body, plain);

SELECT * FROM finish();
ROLLBACK;
