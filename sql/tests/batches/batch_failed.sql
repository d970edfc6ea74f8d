-- Tests of engine.batch_failed.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_failed'::regproc),
    'operations jsonb, first integer, last integer, failed integer, code text, detail json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_failed'::regproc), 'bank.batch_result[]', 'what it returns'
);
SELECT volatility_is('engine', 'batch_failed', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_failed', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_failed'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    (
        SELECT jsonb_agg(jsonb_strip_nulls(to_jsonb(r)) ORDER BY r.item)
        FROM unnest(engine.batch_failed(
            '[{"operation": "deposit"}, {"operation": "pay"}, {"operation": "hold"}]', 2, 3, 3,
            'account_frozen', '{"account_id": "a"}'
        )) AS r
    ), '[
        {"item": 2, "status": "refused", "operation": "pay", "code": "linked_failed", "detail": {}},
        {"item": 3, "status": "refused", "operation": "hold", "code": "account_frozen",
            "detail": {"account_id": "a"}}
    ]', 'one has the code, the others say whose it was'
);

SELECT * FROM finish();
ROLLBACK;
