-- Tests of engine.batch_apart.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_apart'::regproc),
    'operations jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_apart'::regproc), 'bigint[]', 'what it returns'
);
SELECT volatility_is('engine', 'batch_apart', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_apart', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_apart'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('apart.alice', "timestamp" => 1000);
    PERFORM bank.deposit('apart.alice', 5, idempotency_key => 'k');
END;
$given$;

-- Works
SELECT is(
    engine.batch_apart('[
        {"operation": "deposit", "account_id": "apart.alice", "idempotency_key": "new"},
        {"operation": "deposit", "account_id": "apart.alice", "idempotency_key": "k"},
        {"operation": "deposit", "account_id": "apart.bob", "idempotency_key": "other"},
        {"operation": "transfer", "source_account_id": "apart.alice", "idempotency_key": "new"},
        {"operation": "deposit", "account_id": "apart.alice"},
        {"operation": "deposit", "account_id": "apart.alice", "idempotency_key": null}
    ]'), '{2,4}'::bigint[], 'keys that exist, or were used before'
);
SELECT is(
    engine.batch_apart('[
        {"operation": "deposit", "account_id": "apart.bob", "idempotency_key": "k"},
        {"operation": "capture_hold", "hold_id": "hold1", "idempotency_key": "x"},
        {"operation": "deposit", "account_id": "apart.bob", "idempotency_key": "x"}
    ]'), '{3}'::bigint[], 'a hold may be that of anybody'
);

SELECT * FROM finish();
ROLLBACK;
