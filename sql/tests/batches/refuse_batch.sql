-- Tests of engine.refuse_batch.
BEGIN;
SELECT plan(20);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_batch'::regproc),
    'operations jsonb, privileged boolean',
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
        ), NULL) FROM generate_series(1, 10000)
    $$, 'takes 10000 items'
);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.refuse_batch(%L, true)', b.operations), 'TL041', 'invalid_batch',
    'refuses ' || coalesce(b.operations, 'NULL')
) FROM unnest(ARRAY[
    NULL, 'null', '{}', '"a"', '[]', '[1]', '[{"operation": "deposit", "amount": "1"}]',
    '[{"operation": "deposit", "amount": 1.5}]', '[{"operation": "deposit", "amount": 1e30}]',
    '[{"operation": "deposit", "linked": true}]'
]) AS b (operations);
SELECT throws_ok(
    $$
        SELECT engine.refuse_batch(jsonb_agg('{"operation": "deposit"}'::jsonb), true)
        FROM generate_series(1, 10001)
    $$, 'TL041', 'invalid_batch', 'refuses 10001 items'
);
SELECT throws_ok(
    format('SELECT engine.refuse_batch(%L, %L)', '[{"operation": "exchange"}]', p.privileged),
    'TL041', 'invalid_batch', 'refuses what only operators may, where privileged is '
    || coalesce(p.privileged::text, 'NULL')
) FROM unnest(ARRAY[false, NULL]) AS p (privileged);
SELECT lives_ok(
    $$SELECT engine.refuse_batch('[{"operation": "exchange"}]', true)$$, 'and takes it where it is'
);

SELECT * FROM finish();
ROLLBACK;
