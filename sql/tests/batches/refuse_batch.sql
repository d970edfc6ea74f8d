-- Tests of engine.refuse_batch.
BEGIN;
SELECT plan(17);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_batch'::regproc),
    'operations jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_batch'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_batch', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_batch', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_batch'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(
    $$
        SELECT engine.refuse_batch(jsonb_agg(
            '{"operation": "deposit", "account_id": "a", "amount": 1}'::jsonb
        )) FROM generate_series(1, 10000)
    $$, 'takes 10000 items'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.refuse_batch(%L)', b.operations), 'TL041', 'invalid_batch',
    'refuses ' || coalesce(b.operations, 'NULL')
) FROM unnest(ARRAY[
    NULL, 'null', '{}', '"a"', '[]', '[1]', '[{"operation": "deposit", "amount": "1"}]',
    '[{"operation": "deposit", "amount": 1.5}]', '[{"operation": "deposit", "amount": 1e30}]',
    '[{"operation": "deposit", "linked": true}]'
]) AS b (operations);
SELECT throws_ok(
    $$
        SELECT engine.refuse_batch(jsonb_agg('{"operation": "deposit"}'::jsonb))
        FROM generate_series(1, 10001)
    $$, 'TL041', 'invalid_batch', 'refuses 10001 items'
);

SELECT * FROM finish();
ROLLBACK;
