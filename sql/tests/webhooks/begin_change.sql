-- Tests of engine.begin_change.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.begin_change'::regproc),
    'operation text, idempotency_key text, request json',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.begin_change'::regproc), 'json', 'what it returns');
SELECT volatility_is('engine', 'begin_change', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'begin_change', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.begin_change'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.begin_change('pause_webhook', NULL, '{"a": 1}')::text, NULL, 'without a key there is nothing to answer'
);
SELECT is(engine.begin_change('pause_webhook', 'change', '{"a": 1}')::text, NULL, 'nor the first time');
SELECT engine.end_change('pause_webhook', '{}', 'change', '{"answer": 7}') AS ended \gset
SELECT is(
    engine.begin_change('pause_webhook', 'change', '{"a": 1}')::text, '{"answer": 7}', 'then the first answer'
);

-- Refuses
SELECT throws_ok(
    'SELECT engine.begin_change(''pause_webhook'', '''', ''{}'')', 'TL006', 'invalid_idempotency_key',
    'refuses an empty key'
);
SELECT throws_ok(
    'SELECT engine.begin_change(''pause_webhook'', ''change'', ''{"a": 2}'')', 'TL010', 'idempotency_key_reused',
    'refuses the key for another request'
);

SELECT * FROM finish();
ROLLBACK;
