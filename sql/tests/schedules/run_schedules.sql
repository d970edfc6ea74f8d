-- Tests of bank.run_schedules.
BEGIN;
SELECT plan(27);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.run_schedules'::regproc),
    '"timestamp" bigint DEFAULT NULL::bigint, "limit" bigint DEFAULT 1000',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.run_schedules'::regproc), 'bank.schedule_progress',
    'what it returns'
);
SELECT volatility_is('bank', 'run_schedules', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'run_schedules', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.run_schedules'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.run_schedules'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.run_schedules'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given, with nothing else that is due
UPDATE ledger.settings AS s SET max_ahead_ms = 9007199254740991;
UPDATE ledger.schedules AS s SET status = 'cancelled', next_run_at = NULL, ended_at = 0
WHERE s.status = 'active';
DO $given$
BEGIN
    PERFORM bank.create_account_at('due_run.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'carol']) AS n;
    PERFORM bank.deposit_at('due_run.alice', 100, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at(
        'due_run.alice', 'due_run.bob', 10, 20000, 'PT1M', 260000, "timestamp" => 1000
    );
    PERFORM bank.schedule_transfer_at('due_run.bob', 'due_run.carol', 15, 140000, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at('due_run.carol', 'due_run.alice', 99, 80000, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at('due_run.alice', 'due_run.bob', 1, 270000, "timestamp" => 1000);
END;
$given$;
PREPARE moved AS
SELECT t."timestamp", t.account_id COLLATE "default", +t.amount
FROM ledger.ledger_transactions AS t
WHERE t.account_id LIKE 'due_run.%' AND t.operation = 'transfer' AND t.amount < 0
ORDER BY t.transaction_id;

-- Works
SELECT is(to_jsonb(bank.run_schedules(19999)), '{"succeeded": 0, "refused": 0, "remaining": 0}', 'nothing is due');
SELECT is(to_jsonb(bank.run_schedules(140000, 1)), '{"succeeded": 1, "refused": 0, "remaining": 3}', 'at most limit runs');
SELECT is(
    to_jsonb(bank.run_schedules(140000)), '{"succeeded": 3, "refused": 1, "remaining": 0}',
    'all that is due, every occurrence of it'
);
SELECT results_eq(
    'EXECUTE moved',
    $$
        VALUES (20000::bigint, 'due_run.alice', -10::bigint), (80000, 'due_run.alice', -10),
        (140000, 'due_run.bob', -15), (140000, 'due_run.alice', -10)
    $$,
    'oldest first, each with the time at which it was due'
);
SELECT is(to_jsonb(bank.run_schedules(140000)), '{"succeeded": 0, "refused": 0, "remaining": 0}', 'none is made twice');
SELECT is(
    to_jsonb(bank.run_schedules(9007199254740991)), '{"succeeded": 2, "refused": 1, "remaining": 0}',
    'until all have ended'
);
SELECT results_eq(
    $$
        SELECT s.status, s.runs, s.occurrence, s.attempt FROM ledger.schedules AS s
        WHERE s.account_id LIKE 'due_run.%' ORDER BY s.schedule_number
    $$,
    $$
        VALUES ('completed', 4::bigint, 4::bigint, 1::bigint), ('completed', 1, 1, 1),
        ('failed', 2, 1, 2), ('completed', 1, 1, 1)
    $$,
    'as they have'
);
SELECT is(to_jsonb(bank.run_schedules()), '{"succeeded": 0, "refused": 0, "remaining": 0}', 'without a time it is now');

-- Accounts share the limit: one that cannot pay, and has been missed for long, holds nobody up
DO $given$
BEGIN
    PERFORM bank.create_account_at('due_run.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['poor', 'rich', 'shop']) AS n;
    PERFORM bank.deposit_at('due_run.rich', 5, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at(
        'due_run.poor', 'due_run.shop', 1, 1000 + n, 'PT1M', "timestamp" => 1000
    ) FROM generate_series(1, 30) AS n;
    PERFORM bank.schedule_transfer_at('due_run.rich', 'due_run.shop', 5, 7000000, "timestamp" => 1000);
END;
$given$;
SELECT is(to_jsonb(bank.run_schedules(6000000, 5)) - 'remaining', '{"succeeded": 0, "refused": 5}', 'at most limit');
SELECT is(
    (SELECT t.turn_at FROM ledger.schedule_turns AS t WHERE t.account_id = 'due_run.poor'),
    6000000::bigint, 'who has more than that waits behind those who wait then'
);
SELECT is(
    to_jsonb(bank.run_schedules(8000000, 10)) - 'remaining', '{"succeeded": 1, "refused": 5}',
    'of two each has half'
);
SELECT is(
    (SELECT t."timestamp" FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'due_run.rich' AND t.operation = 'transfer'), 7000000::bigint,
    'long before what is older has been made up for'
);
SELECT is(
    (SELECT count(*) FROM ledger.schedule_runs AS r WHERE r.account_id = 'due_run.poor'),
    10::bigint, 'and the other''s oldest goes first'
);
SELECT is(
    (bank.run_schedules(9007199254740991, 2)).remaining, 30::bigint, 'what remains is counted'
);
SELECT is_empty(
    $$SELECT FROM engine.verify_schedules() UNION ALL SELECT FROM engine.verify_schedule_runs()$$,
    'all of it is proven'
);

-- Refuses
SELECT throws_ok(
    'SELECT bank.run_schedules(-1)', 'TL003', 'invalid_timestamp', 'refuses a time before the epoch'
);
UPDATE ledger.settings AS s SET max_ahead_ms = 60000;
SELECT throws_ok(
    'SELECT bank.run_schedules(9007199254740991)', 'TL308', 'timestamp_in_future',
    'refuses a time ahead of the clock'
);
SELECT throws_ok(
    format('SELECT bank.run_schedules("limit" => %L)', w.most), 'TL007', 'invalid_argument',
    'refuses a limit of ' || coalesce(w.most::text, 'NULL')
) FROM (VALUES (0), (100001), (NULL)) AS w (most);

SELECT * FROM finish();
ROLLBACK;
