-- Tests of engine.debit_detail.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.debit_detail'::regproc),
    'refusal text, account_id text, available bigint, required bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.debit_detail'::regproc), 'json', 'what it returns'
);
SELECT volatility_is('engine', 'debit_detail', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'debit_detail', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.debit_detail'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.debit_detail('insufficient_funds', 'alice', 5, 6)::jsonb,
    '{"account_id": "alice", "available": 5, "required": 6}'::jsonb,
    'what there was and what it takes'
);
SELECT is(
    engine.debit_detail(r.name, 'alice', 5, 6)::jsonb, '{"account_id": "alice"}'::jsonb,
    r.name || ' says nothing of its money'
) FROM unnest(ARRAY['account_frozen', 'account_blocked', 'account_closed']) AS r (name);

SELECT * FROM finish();
ROLLBACK;
