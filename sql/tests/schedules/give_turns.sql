-- Tests of engine.give_turns.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.give_turns'::regproc),
    'account_ids text[], "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.give_turns'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'give_turns', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'give_turns', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.give_turns'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('turn.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b', 'c', 'd']) AS n;
    PERFORM bank.schedule_transfer_at('turn.' || n, 'turn.d', 5, 5000, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b', 'c']) AS n;
    PERFORM bank.schedule_transfer_at('turn.a', 'turn.d', 5, 9000, "timestamp" => 1000);
    UPDATE ledger.schedules AS s SET status = 'cancelled', next_run_at = NULL, ended_at = 1000
    WHERE s.account_id = 'turn.c';
END;
$given$;
PREPARE turns AS
SELECT t.account_id COLLATE "default", t.turn_at FROM ledger.schedule_turns AS t
WHERE t.account_id LIKE 'turn.%' ORDER BY t.account_id;

-- Works
SELECT engine.give_turns('{turn.a,turn.c}', 3000) AS given \gset
SELECT results_eq(
    'EXECUTE turns', $$VALUES ('turn.a', 5000::bigint), ('turn.b', 5000), ('turn.c', NULL)$$,
    'when the first one is due; those that have none are not looked at'
);
SELECT engine.give_turns('{turn.a}', 7000) AS given \gset
SELECT results_eq(
    'EXECUTE turns', $$VALUES ('turn.a', 7000::bigint), ('turn.b', 5000), ('turn.c', NULL)$$,
    'behind those that wait, where one is due already'
);
SELECT engine.give_turns('{turn.b}', 9007199254740991) AS given \gset
SELECT ok(
    t.turn_at BETWEEN engine.now() - 60000 AND engine.now(), 'but never later than now'
) FROM ledger.schedule_turns AS t WHERE t.account_id = 'turn.b';

SELECT * FROM finish();
ROLLBACK;
