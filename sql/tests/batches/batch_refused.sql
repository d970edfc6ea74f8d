-- Tests of engine.batch_refused.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_refused'::regproc),
    'item bigint, operation text, code text, detail json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_refused'::regproc), 'bank.batch_result', 'what it returns'
);
SELECT volatility_is('engine', 'batch_refused', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_refused', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_refused'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    jsonb_strip_nulls(to_jsonb(engine.batch_refused(
        1, 'deposit', 'insufficient_funds', '{"available": 1}'
    ))),
    '{
        "item": 1, "status": "refused", "operation": "deposit", "code": "insufficient_funds",
        "detail": {"available": 1}
    }'::jsonb, 'which item, what it was, and why'
);
SELECT is(
    length((engine.batch_refused(
        1, 'deposit', 'account_not_found', json_build_object('account_id', repeat('x', 5000))
    )).detail ->> 'account_id'), 64, 'a megabyte need not come back'
);

SELECT * FROM finish();
ROLLBACK;
