-- Tests of engine.batch_flaw.
BEGIN;
SELECT plan(59);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_flaw'::regproc),
    'operations jsonb, privileged boolean',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_flaw'::regproc), 'text', 'what it returns'
);
SELECT volatility_is('engine', 'batch_flaw', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_flaw', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_flaw'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.batch_flaw(b.operations::jsonb, true), NULL, 'takes ' || b.operations
) FROM unnest(ARRAY[
    '[{"operation": "deposit", "account_id": "a", "amount": 1}]',
    '[{"operation": "withdraw", "account_id": null, "amount": null}]',
    '[{"operation": "transfer", "source_account_id": "a", "target_account_id": "b", "amount": 1}]',
    '[{"operation": "pay", "account_id": "a", "merchant_account_id": "b", "amount": 1, "fee": 1}]',
    '[{"operation": "pay", "timestamp": 1, "metadata": [1], "idempotency_key": "k"}]',
    '[{"operation": "deposit", "linked": true}, {"operation": "deposit", "linked": false}]',
    '[{"operation": "deposit", "linked": null}]'
]) AS b (operations);
SELECT is(
    engine.batch_flaw(b.operations::jsonb, true), b.flaw, 'of ' || b.operations
) FROM (
    VALUES ('[1]', 'item 1: is not an object'),
    ('[null]', 'item 1: is not an object'),
    ('[[]]', 'item 1: is not an object'),
    ('[{}]', 'item 1: unknown operation'),
    ('[{"operation": null}]', 'item 1: unknown operation'),
    ('[{"operation": "Deposit"}]', 'item 1: unknown operation'),
    ('[{"operation": "settle"}]', 'item 1: unknown operation'),
    (
        '[{"operation": "deposit"}, {"operation": "deposit", "b": 1, "a": 1}]',
        'item 2: unknown field a'
    ),
    ('[{"operation": "deposit", "fee": 1}]', 'item 1: unknown field fee'),
    ('[{"operation": "transfer", "account_id": "a"}]', 'item 1: unknown field account_id'),
    ('[{"operation": "deposit", "linked": true}]', 'the last item is linked to nothing')
) AS b (operations, flaw);
SELECT is(
    engine.batch_flaw(jsonb_build_array(f.field || '{"operation": "pay"}'::jsonb), true),
    'item 1: ' || f.name || ' is not of its type', 'of ' || f.field::text
) FROM (
    VALUES ('{"account_id": 1}'::jsonb, 'account_id'), ('{"merchant_account_id": []}',
        'merchant_account_id'),
    ('{"amount": "1"}', 'amount'), ('{"amount": [1]}', 'amount'), ('{"amount": true}', 'amount'),
    ('{"amount": 1.5}', 'amount'), ('{"amount": 1.0}', 'amount'),
    ('{"amount": 9223372036854775808}', 'amount'), ('{"amount": 1e400}', 'amount'),
    ('{"fee": "1"}', 'fee'), ('{"timestamp": {}}', 'timestamp'), ('{"value_at": "1"}', 'value_at'),
    ('{"idempotency_key": 1}', 'idempotency_key'), ('{"linked": "true"}', 'linked'),
    ('{"linked": 1}', 'linked')
) AS f (field, name);
SELECT is(
    engine.batch_flaw(b.operations::jsonb, true), b.flaw, 'of ' || b.operations
) FROM (
    VALUES ('[{"operation": "hold", "value_at": 1}]', 'item 1: unknown field value_at'),
    ('[{"operation": "capture_hold", "final": 1}]', 'item 1: final is not of its type'),
    ('[{"operation": "exchange", "target_amount": "1"}]',
        'item 1: target_amount is not of its type'),
    ('[{"operation": "post", "postings": 1, "amount": 1}]', 'item 1: unknown field amount'),
    ('[{"operation": "create_account", "account_id": "a"}]', 'item 1: unknown operation'),
    ('[{"operation": "batch", "operations": []}]', 'item 1: unknown operation'),
    ('[{"operation": "deposit", "account_id": "a", "amount": -9223372036854775808}]', NULL),
    ('[{"operation": "post", "postings": 1}, {"operation": "hold"}]', NULL)
) AS b (operations, flaw);

-- Works: what only operators may give or call
SELECT is(
    engine.batch_flaw(b.operations::jsonb, false), b.flaw, 'not privileged: ' || b.operations
) FROM (
    VALUES ('[{"operation": "deposit", "timestamp": 1}]', 'item 1: only operators may give timestamp, in a privileged batch'),
    ('[{"operation": "pay", "timestamp": "1"}]', 'item 1: only operators may give timestamp, in a privileged batch'),
    ('[{"operation": "deposit", "timestamp": null}]', NULL),
    ('[{"operation": "deposit", "value_at": 1}]', NULL),
    ('[{"operation": "hold"}, {"operation": "exchange"}]', 'item 2: only operators may call exchange, in a privileged batch'),
    (
        '[{"operation": "reverse_transaction", "timestamp": 1}]',
        'item 1: only operators may call reverse_transaction, in a privileged batch'
    ),
    ('[{"operation": "deposit", "a": 1}, {"operation": "exchange"}]', 'item 1: unknown field a')
) AS b (operations, flaw);
SELECT results_eq(
    $$
        SELECT f.operation COLLATE "default", array_agg(f.field COLLATE "default") FILTER (WHERE f.privileged), bool_or(f.withheld)
        FROM engine.batch_fields AS f GROUP BY f.operation ORDER BY 1
    $$,
    $$
        SELECT o.operation, ARRAY['timestamp'], o.operation IN ('exchange', 'reverse_transaction')
        FROM unnest(ARRAY[
            'capture_hold', 'deposit', 'exchange', 'hold', 'pay', 'post', 'raise_hold',
            'refund_hold', 'refund_payment', 'release_hold', 'reverse_transaction', 'transfer', 'withdraw'
        ]) AS o (operation) ORDER BY 1
    $$, 'every operation has a timestamp, two are not for tellers'
);
SELECT is_empty(
    $$
        SELECT f.operation FROM engine.batch_fields AS f
        WHERE f.field = 'timestamp' AND engine.batch_flaw(jsonb_build_array(
            '{"account_id": "a", "source_account_id": "a", "target_account_id": "b", "amount": 1}'::jsonb
            || jsonb_build_object('operation', f.operation, 'timestamp', 1)
        ), false) !~ '^item 1: only operators may (give timestamp|call (exchange|reverse_transaction)), in a privileged batch$'
    $$, 'none with a timestamp is taken, whatever else it has'
);
SELECT is(
    engine.batch_flaw(b.operations::jsonb, NULL), b.flaw, 'nor where it is not known: ' || b.operations
) FROM (
    VALUES ('[{"operation": "deposit", "timestamp": 1}]', 'item 1: only operators may give timestamp, in a privileged batch'),
    ('[{"operation": "exchange"}]', 'item 1: only operators may call exchange, in a privileged batch')
) AS b (operations, flaw);
SELECT is(
    engine.batch_flaw(jsonb_build_array(jsonb_build_object('operation', o.operation)), true), NULL,
    'privileged: ' || o.operation
) FROM unnest(ARRAY['exchange', 'reverse_transaction']) AS o (operation);

SELECT * FROM finish();
ROLLBACK;
