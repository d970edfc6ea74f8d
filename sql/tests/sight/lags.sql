-- Tests of engine.lags.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lags'::regproc),
    'now bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.lags'::regproc), 'json', 'what it returns'
);
SELECT volatility_is('engine', 'lags', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'lags', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.lags'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given nothing that waits
SET LOCAL session_replication_role = replica;  -- the guards are asleep
DELETE FROM ledger.payments;
DELETE FROM ledger.holds;
DELETE FROM ledger.schedule_turns;
DELETE FROM ledger.collected_credits;
UPDATE ledger.event_sequencer SET mark = 9007199254740991;
SET LOCAL session_replication_role = origin;
SELECT is(
    engine.lags(10000)::jsonb,
    '{"cashback": 0, "hold": 0, "schedule": 0, "collected_credit": 0, "event": 0}', 'nothing waits'
);

-- Works
SELECT bank.create_account_at('lags.a', "timestamp" => 1000);
SELECT bank.create_account_at('lags.b', "timestamp" => 1000);
SELECT bank.set_collecting('lags.b', true, "timestamp" => 1000);
SELECT bank.deposit_at('lags.a', 5000, "timestamp" => 1000);
SELECT bank.pay_at('lags.a', 1000, "timestamp" => 1000);
SELECT bank.hold_at('lags.a', 5, 3000, "timestamp" => 1000);
SELECT bank.schedule_transfer_at('lags.a', 'lags.b', 5, 4000, "timestamp" => 1000);
SELECT bank.transfer_at('lags.a', 'lags.b', 5, "timestamp" => 1500);
UPDATE ledger.event_sequencer SET mark = 0;
SELECT results_eq(
    $$SELECT l.key, l.value::text::bigint FROM json_each(engine.lags(86406000)) AS l
    WHERE l.key <> 'event'$$,
    $$VALUES ('cashback', 5000::bigint), ('hold', 86403000), ('schedule', 86402000),
    ('collected_credit', 86404500)$$, 'since each was due'
);
SELECT ok(
    (engine.lags(engine.now() + 100000) -> 'event')::text::bigint >= 100000,
    'since the oldest leg was written that is not numbered'
);
SELECT is(engine.lags(0) ->> 'hold', '0', 'nothing is due yet');

SELECT * FROM finish();
ROLLBACK;
