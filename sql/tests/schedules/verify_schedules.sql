-- Tests of engine.verify_schedules.
BEGIN;
SELECT plan(53);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_schedules'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.verify_schedules'::regproc), 'SETOF engine.violation', 'what it returns');
SELECT volatility_is('engine', 'verify_schedules', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_schedules', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_schedules'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given schedules that are active, retried, completed, failed and cancelled
DO $given$
BEGIN
    PERFORM bank.create_account_at('kept.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b', 'poor', 'none', 'done', 'over']) AS n;
    PERFORM bank.deposit_at('kept.a', 100, "timestamp" => 1000);
    PERFORM bank.deposit_at('kept.done', 100, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at(
        'kept.a', 'kept.b', 30, 60000, 'PT1H', 86400000, 'UTC', 1000, '{"why": "rent"}'
    );
    PERFORM bank.schedule_transfer_at('kept.poor', 'kept.b', 5, 60000, 'P1D', "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at('kept.none', 'kept.b', 5, 60000, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at('kept.done', 'kept.b', 5, 60000, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at(
        'kept.over', 'kept.b', 5, 60000, 'P1D', NULL, 'Europe/Berlin', 1000
    );
    UPDATE ledger.accounts AS a SET status = 'blocked' WHERE a.account_id = 'kept.none';
    PERFORM engine.run_schedule(s.schedule_number, n * 3600000)
    FROM generate_series(1, 5) AS n
    CROSS JOIN ledger.schedules AS s
    WHERE s.account_id LIKE 'kept.%'
    ORDER BY n, s.schedule_number;
    PERFORM engine.give_turns(ARRAY['kept.a', 'kept.poor', 'kept.none', 'kept.done'], 18000000);
    PERFORM bank.cancel_schedule_at('schedule' || s.schedule_number, 18000000)
    FROM ledger.schedules AS s WHERE s.account_id = 'kept.over';
END;
$given$;
CREATE FUNCTION pg_temp.found(damage text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_found text;
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT string_agg(DISTINCT concat_ws(' ', v."check", v.account_id), ', ')
        INTO v_found
        FROM engine.verify_schedules() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;
SET LOCAL session_replication_role = replica;  -- the guards are asleep

-- Works
SELECT results_eq(
    $$
        SELECT s.account_id COLLATE "default", s.status, s.occurrence, s.attempt, s.runs
        FROM ledger.schedules AS s WHERE s.account_id LIKE 'kept.%' ORDER BY s.schedule_number
    $$,
    $$
        VALUES ('kept.a', 'active', 6::bigint, 1::bigint, 5::bigint),
        ('kept.poor', 'active', 1, 3, 2), ('kept.none', 'failed', 1, 1, 1),
        ('kept.done', 'completed', 1, 1, 1), ('kept.over', 'cancelled', 1, 3, 2)
    $$, 'all that can become of one'
);
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found(format('UPDATE ledger.schedules SET %s WHERE account_id = ''kept.%s''', d.damage, d.account)),
    d.found, format('%s of %s', d.damage, d.account)
) FROM (
    VALUES ('amount = 31', 'a', 'schedules_logged kept.a'),
    ('amount = 6', 'done', 'schedules_logged kept.done'),
    ('target_account_id = ''kept.poor''', 'a', 'schedules_logged kept.a'),
    ('run_at = 59999', 'a', 'schedules_logged kept.a'),
    ('every = ''PT2H''', 'a', 'schedules_logged kept.a'),
    ('every = NULL', 'a', 'schedules_logged kept.a'),
    ('every = ''rubbish''', 'a', 'schedules_logged kept.a'),
    ('until = NULL', 'a', 'schedules_logged kept.a'),
    ('time_zone = ''Europe/Berlin''', 'a', 'schedules_logged kept.a'),
    ('time_zone = ''rubbish''', 'a', 'schedules_logged kept.a'),
    ('metadata = NULL', 'a', 'schedules_logged kept.a'),
    ('metadata = ''{}''', 'poor', 'schedules_logged kept.poor'),
    ('created_at = 999', 'a', 'schedules_logged kept.a'),
    ('account_id = ''kept.b''', 'a', 'schedules_have_turns kept.a, schedules_have_turns kept.b, schedules_logged kept.b'),
    ('next_run_at = next_run_at - 1', 'a', 'schedules_follow_legs kept.a'),
    ('next_run_at = next_run_at + 1', 'poor', 'schedules_follow_legs kept.poor'),
    ('attempt = 1', 'poor', 'schedules_follow_legs kept.poor'),
    ('attempt = 2', 'a', 'schedules_follow_legs kept.a'),
    ('occurrence = 5', 'a', 'schedules_follow_legs kept.a'),
    ('occurrence = 9007199254740991', 'a', 'schedules_follow_legs kept.a'),
    ('occurrence = 2', 'done', 'schedules_follow_legs kept.done'),
    ('ended_at = 1', 'done', 'schedules_follow_legs kept.done'),
    ('ended_at = 1', 'none', 'schedules_follow_legs kept.none'),
    ('ended_at = 1', 'over', 'schedules_follow_legs kept.over'),
    ('status = ''failed''', 'done', 'schedules_follow_legs kept.done'),
    ('status = ''completed''', 'none', 'schedules_follow_legs kept.none'),
    ('status = ''completed''', 'over', 'schedules_follow_legs kept.over'),
    ('status = ''cancelled'', next_run_at = NULL, ended_at = 1', 'a', 'schedules_follow_legs kept.a, schedules_have_turns kept.a'),
    ('status = ''active'', next_run_at = 60000, ended_at = NULL', 'over', 'schedules_follow_legs kept.over, schedules_have_turns kept.over'),
    ('status = ''active'', next_run_at = 60000, ended_at = NULL, occurrence = 2', 'done', 'schedules_follow_legs kept.done, schedules_have_turns kept.done'),
    ('schedule_number = 9007199254740991', 'a', 'schedules_follow_legs kept.a, schedules_logged kept.a')
) AS d (damage, account, found);
SELECT is(pg_temp.found(d.damage), d.found, d.damage) FROM (
    VALUES ('DELETE FROM ledger.schedules WHERE account_id = ''kept.a''', 'schedules_have_turns kept.a, schedules_logged kept.a'),
    ('DELETE FROM ledger.schedules WHERE account_id = ''kept.over''', 'schedules_logged kept.over'),
    (
        'INSERT INTO ledger.schedules (account_id, schedule_number, target_account_id, amount, run_at, '
        'time_zone, next_run_at, created_at) VALUES (''kept.a'', 9007199254740991, ''kept.b'', 1, 5, ''UTC'', 5, 5)',
        'schedules_logged kept.a'
    ),
    ('DELETE FROM ledger.schedule_turns WHERE account_id = ''kept.a''', 'schedules_have_turns kept.a'),
    ('UPDATE ledger.schedule_turns SET turn_at = 9007199254740991 WHERE account_id = ''kept.a''', 'schedules_have_turns kept.a'),
    ('DELETE FROM ledger.ledger_transactions WHERE account_id = ''kept.a'' AND operation = ''schedule_transfer''', 'schedules_logged kept.a'),
    ('DELETE FROM ledger.ledger_transactions WHERE account_id = ''kept.over'' AND operation = ''cancel_schedule''', 'schedules_follow_legs kept.over'),
    ('DELETE FROM ledger.ledger_transactions WHERE account_id = ''kept.none'' AND operation = ''schedule_failed''', 'schedules_follow_legs kept.none'),
    ('DELETE FROM ledger.ledger_transactions WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'schedules_follow_legs kept.done'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"amount": 31}'' WHERE account_id = ''kept.a'' AND operation = ''schedule_transfer''', 'schedules_logged kept.a'),
    ('UPDATE ledger.ledger_transactions SET details = ''{"next_run_at": "x", "schedule_id": "y"}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'schedules_follow_legs kept.done'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"next_run_at": 18000001}'' WHERE account_id = ''kept.poor'' AND details ->> ''attempt'' = ''2''', 'schedules_follow_legs kept.poor'),
    ('DELETE FROM ledger.ledger_transactions WHERE account_id = ''kept.poor'' AND details ->> ''attempt'' = ''2''', 'schedules_follow_legs kept.poor'),
    ('UPDATE ledger.schedules SET runs = 4 WHERE account_id = ''kept.a''', 'schedules_follow_legs kept.a'),
    ('INSERT INTO ledger.schedule_turns VALUES (''kept.b'', 1)', 'schedules_have_turns kept.b')
) AS d (damage, found);

SELECT * FROM finish();
ROLLBACK;
