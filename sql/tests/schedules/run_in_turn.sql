-- Tests of engine.run_in_turn.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.run_in_turn'::regproc),
    'account_ids text[], locked text[], share bigint, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.run_in_turn'::regproc), 'bank.schedule_progress', 'what it returns');
SELECT volatility_is('engine', 'run_in_turn', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'run_in_turn', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.run_in_turn'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('turn.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b', 'c']) AS n;
    PERFORM bank.deposit_at('turn.' || n, 100, "timestamp" => 1000) FROM unnest(ARRAY['a', 'b']) AS n;
    PERFORM bank.schedule_transfer_at('turn.a', 'turn.c', 1, 60000, 'PT1M', "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at('turn.b', 'turn.c', 2, 150000, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at('turn.b', 'turn.a', 3, 90000, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at('turn.b', 'turn.a', 500, 100000, "timestamp" => 1000);
END;
$given$;
PREPARE made AS
SELECT t.account_id COLLATE "default", +t.amount, t."timestamp"
FROM ledger.ledger_transactions AS t
WHERE t.account_id LIKE 'turn.%' AND t.operation = 'transfer' AND t.amount < 0
ORDER BY t.transaction_id;

-- Works
SELECT is(
    to_jsonb(engine.run_in_turn('{}', '{turn.a}', NULL, 200000)),
    '{"succeeded": 0, "refused": 0, "remaining": 0}', 'nobody, nothing'
);
SELECT is(
    to_jsonb(engine.run_in_turn('{turn.b}', '{turn.b,turn.c}', 9, 140000)),
    '{"succeeded": 0, "refused": 0, "remaining": 0}', 'nothing to an account that is not held'
);
SELECT is(
    to_jsonb(engine.run_in_turn('{turn.a,turn.b}', '{turn.a,turn.b,turn.c}', 3, 240000)),
    '{"succeeded": 5, "refused": 1, "remaining": 0}', 'of each its share at most'
);
SELECT results_eq(
    'EXECUTE made',
    $$
        VALUES ('turn.a', -1::bigint, 60000::bigint), ('turn.b', -3, 90000), ('turn.a', -1, 120000),
        ('turn.b', -2, 150000), ('turn.a', -1, 180000)
    $$,
    'oldest first, what follows a run in its place: each counts from when it was due'
);
SELECT is(
    to_jsonb(engine.run_in_turn('{turn.a,turn.b}', '{turn.a,turn.b,turn.c}', 3, 240000)),
    '{"succeeded": 1, "refused": 0, "remaining": 0}', 'then what is left'
);
SELECT is(
    to_jsonb(engine.run_in_turn('{turn.a,turn.b}', '{turn.a,turn.b,turn.c}', 3, 240000)),
    '{"succeeded": 0, "refused": 0, "remaining": 0}', 'until nothing is'
);

SELECT * FROM finish();
ROLLBACK;
