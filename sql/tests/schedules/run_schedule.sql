-- Tests of engine.run_schedule.
BEGIN;
SELECT plan(29);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.run_schedule'::regproc),
    'schedule_number bigint, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.run_schedule'::regproc), 'boolean',
    'what it returns'
);
SELECT volatility_is('engine', 'run_schedule', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'run_schedule', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.run_schedule'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_RUN', 2);
    PERFORM bank.create_account_at('run.' || n, 'TAP_RUN', "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop']) AS n;
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'run.shop';
    PERFORM bank.deposit_at('run.alice', 100, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.schedule(target text, amount bigint, run_at bigint) RETURNS bigint
LANGUAGE sql AS $function$
    SELECT substr((bank.schedule_transfer_at(
        'run.alice', target, amount, run_at, metadata => '{"n": 1}',
        "timestamp" => (SELECT a.last_timestamp FROM ledger.accounts AS a WHERE a.account_id = 'run.alice')
    )).schedule_id, 9)::bigint
$function$;
CREATE FUNCTION pg_temp.run_of(number bigint) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT jsonb_build_object('run_number', r.run_number, 'timestamp', t."timestamp")
        || t.details - ARRAY['schedule_id', 'next_run_at']
    FROM ledger.schedule_runs AS r
    INNER JOIN ledger.ledger_transactions AS t
        ON t.transaction_id = r.transaction_id AND t.account_id = r.account_id
    WHERE r.schedule_number = number
    ORDER BY r.run_number DESC LIMIT 1
$function$;

-- Works
SELECT pg_temp.schedule('run.bob', 10, 5000) AS one \gset
SELECT is(engine.run_schedule(:one, 4999), NULL, 'before it is due nothing happens');
SELECT is(engine.run_schedule(:one, 7000), true, 'once it is due it is made');
SELECT is(engine.run_schedule(:one, 7000), NULL, 'once');
SELECT is(
    pg_temp.run_of(:one),
    '{"run_number": 1, "occurrence": 1, "attempt": 1, "due_at": 5000, "timestamp": 5000}',
    'its run is recorded, with the time at which it was due'
);
SELECT is(
    (
        SELECT jsonb_build_array(t.operation, t.amount, t."timestamp", t.contra_account_id, t.metadata)
        FROM ledger.ledger_transactions AS t
        INNER JOIN ledger.schedule_runs AS r
            ON r.transaction_id = t.transaction_id AND r.account_id = t.account_id
        WHERE r.schedule_number = :one
    ),
    '["transfer", -10, 5000, "run.bob", {"n": 1}]', 'and names its transaction'
);
SELECT results_eq(
    $$
        SELECT t.account_id COLLATE "default", t.details - 'schedule_id'
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id LIKE 'run.%' AND t.operation = 'transfer' ORDER BY t.leg
    $$,
    $$
        VALUES (
            'run.alice',
            '{"occurrence": 1, "attempt": 1, "due_at": 5000, "next_run_at": null}'::jsonb
        ), ('run.bob', NULL)
    $$,
    'whose leg says to the payer what it is of'
);
SELECT is(
    (SELECT s.status || s.ended_at FROM ledger.schedules AS s WHERE s.schedule_number = :one),
    'completed5000', 'the schedule is completed, when it was due'
);
SELECT bank.deposit_at('run.bob', 1, "timestamp" => 6000) AS newer \gset
SELECT pg_temp.schedule('run.bob', 10, 5500) AS two \gset
SELECT pg_temp.schedule('run.bob', 10, 5500) AS three \gset
SELECT is(engine.run_schedule(:two, 7000), true, 'an account has a newer leg');
SELECT is(pg_temp.run_of(:two) -> 'timestamp', '7000', 'then it counts from now');
SELECT bank.deposit_at('run.bob', 1, "timestamp" => 8000) AS newer \gset
SELECT is(engine.run_schedule(:three, 7500), true, 'a leg of the future');
SELECT is(pg_temp.run_of(:three) -> 'timestamp', '8000', 'then it counts from there');
SELECT pg_temp.schedule('run.bob', 71, 9000) AS four \gset
SELECT is(engine.run_schedule(:four, 9000), false, 'a refusal is no error');
SELECT is(
    pg_temp.run_of(:four),
    '{
        "run_number": 1, "occurrence": 1, "attempt": 1, "due_at": 9000, "timestamp": 9000,
        "code": "insufficient_funds",
        "detail": {"account_id": "run.alice", "available": 70, "required": 71}
    }',
    'it is recorded with its code'
);
SELECT is(
    (SELECT jsonb_build_array(s.status, s.attempt, s.next_run_at, s.runs)
    FROM ledger.schedules AS s WHERE s.schedule_number = :four),
    '["active", 2, 3609000, 1]', 'and the schedule waits for the next attempt'
);
SELECT bank.deposit_at('run.alice', 1, "timestamp" => 9000) AS enough \gset
SELECT is(engine.run_schedule(:four, 3609000), true, 'which is made');
SELECT is(
    pg_temp.run_of(:four),
    '{"run_number": 2, "occurrence": 1, "attempt": 2, "due_at": 3609000, "timestamp": 3609000}',
    'when it was due'
);
SELECT bank.deposit_at('run.alice', 100, "timestamp" => 4000000) AS more \gset
SELECT pg_temp.schedule('run.shop', 10, 5000000) AS five \gset
SELECT is(engine.run_schedule(:five, 5000000), true, 'a collecting account is paid');
SELECT is(
    (SELECT sum(c.amount) FROM ledger.collected_credits AS c WHERE c.account_id = 'run.shop'),
    10::numeric, 'without a lock on it'
);
SELECT pg_temp.schedule('run.bob', 10, 6000000) AS six \gset
UPDATE ledger.accounts AS a SET status = 'frozen' WHERE a.account_id = 'run.alice';
SELECT is(engine.run_schedule(:six, 6000000), false, 'a frozen account');
SELECT is(
    (SELECT s.status FROM ledger.schedules AS s WHERE s.schedule_number = :six), 'failed',
    'is not tried again'
);
SELECT is(
    (
        SELECT jsonb_build_array(t.amount, t."timestamp", t.metadata, t.details - 'schedule_id')
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'run.alice' AND t.operation = 'schedule_failed'
            AND t.details ->> 'schedule_id' = 'schedule' || :six
    ),
    '[0, 6000000, {"n": 1}, {
        "occurrence": 1, "attempt": 1, "due_at": 6000000, "next_run_at": null,
        "code": "account_frozen", "detail": {"account_id": "run.alice"}
    }]',
    'and the log tells why'
);
UPDATE ledger.accounts AS a SET status = 'active' WHERE a.account_id = 'run.alice';
SELECT substr((bank.schedule_transfer_at(
    'run.alice', 'run.bob', 1000, 7000000, 'PT90M', "timestamp" => 6000000
)).schedule_id, 9) AS poor \gset
SELECT is(engine.run_schedule(:poor, 7000000), false, 'an attempt that lacks money');
SELECT is(engine.run_schedule(:poor, 10600000), false, 'and the last one before the next occurrence');
SELECT results_eq(
    format(
        'SELECT l.operation COLLATE "default", l.amount, l."timestamp", l.details ->> ''code'', l.details -> ''next_run_at'' '
        'FROM engine.schedule_legs AS l WHERE l.schedule_id = %L AND l.kind = ''run'' ORDER BY l.version', 'schedule' || :poor
    ),
    $$
        VALUES ('schedule_postponed', 0::bigint, 7000000::bigint, 'insufficient_funds', '10600000'::jsonb),
        ('schedule_failed', 0, 10600000, 'insufficient_funds', '12400000')
    $$,
    'are told with when the next one is'
);

SELECT * FROM finish();
ROLLBACK;
