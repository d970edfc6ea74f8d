-- Tests of engine.end_change.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.end_change'::regproc),
    'operation text, details jsonb, idempotency_key text, response json',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.end_change'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'end_change', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'end_change', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.end_change'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT engine.end_change('pause_webhook', '{"a": 1}', NULL, '{}') AS plain \gset
SELECT engine.begin_change('pause_webhook', 'change', '{}') AS begun \gset
SELECT engine.end_change('pause_webhook', '{"a": 2}', 'change', '{"answer": 7}') AS keyed \gset
SELECT results_eq(
    $$SELECT t.details, t.key_hash IS NOT NULL FROM ledger.ledger_transactions AS t
    WHERE t.account_id = '@ledger' AND t.operation = 'pause_webhook' ORDER BY t.version$$,
    $$VALUES ('{"a": 1}'::jsonb, false), ('{"a": 2}', true)$$, 'a leg each, which seals a key'
);
SELECT is(
    (SELECT k.response::text FROM ledger.idempotency_keys AS k WHERE k.idempotency_key = 'change'),
    '{"answer": 7}', 'and the answer is kept'
);

SELECT * FROM finish();
ROLLBACK;
