-- Tests of engine.verify_schedule_runs.
BEGIN;
SELECT plan(37);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_schedule_runs'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.verify_schedule_runs'::regproc), 'SETOF engine.violation', 'what it returns');
SELECT volatility_is('engine', 'verify_schedule_runs', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_schedule_runs', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_schedule_runs'::regproc, 'EXECUTE'),
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
        SELECT string_agg(DISTINCT concat_ws(' ', v."check", v.account_id, v.found ->> 'run_number'), ', ')
        INTO v_found
        FROM engine.verify_schedule_runs() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;
SET LOCAL session_replication_role = replica;  -- the guards are asleep

-- Works
SELECT is(
    (
        SELECT string_agg(concat_ws(' ', r.occurrence, r.code), ', ' ORDER BY r.run_number)
        FROM ledger.schedule_runs AS r WHERE r.account_id = 'kept.a'
    ),
    '1, 2, 3, 4 insufficient_funds, 5 insufficient_funds', 'some were paid, some given up'
);
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found(format(
        'UPDATE ledger.schedule_runs SET %s WHERE account_id = ''kept.%s'' AND run_number = %s',
        d.damage, d.account, d.number
    )), d.found, format('%s of %s %s', d.damage, d.account, d.number)
) FROM (
    VALUES ('due_at = due_at - 1', 'a', 1, 'runs_in_time kept.a, runs_posted kept.a 1'),
    ('tried_at = due_at - 1', 'a', 1, 'runs_in_time kept.a'),
    ('"timestamp" = 1', 'a', 1, 'runs_posted kept.a 1'),
    ('transaction_id = 1', 'a', 1, 'runs_posted kept.a 1'),
    ('occurrence = 1', 'a', 2, 'runs_in_time kept.a, runs_posted kept.a, runs_posted kept.a 2'),
    ('occurrence = 9007199254740991', 'a', 2, 'runs_in_time kept.a, runs_posted kept.a, runs_posted kept.a 2'),
    ('attempt = 2', 'a', 1, 'runs_in_time kept.a, runs_posted kept.a 1'),
    ('run_number = 9', 'a', 3, 'schedules_keep_runs kept.a'),
    ('account_id = ''kept.b''', 'a', 1, 'runs_posted kept.b 1, schedules_keep_runs kept.a, schedules_keep_runs kept.b'),
    ('code = ''account_frozen''', 'a', 4, 'runs_posted kept.a 4'),
    ('detail = ''{}''', 'a', 4, 'runs_posted kept.a 4'),
    ('code = ''account_frozen''', 'none', 1, 'runs_posted kept.none 1'),
    ('code = ''account_frozen''', 'poor', 1, 'runs_in_time kept.poor'),
    ('due_at = due_at + 1', 'poor', 2, 'runs_in_time kept.poor'),
    ('tried_at = tried_at + 1', 'poor', 1, 'runs_in_time kept.poor'),
    ('attempt = 3', 'poor', 2, 'runs_in_time kept.poor'),
    ('due_at = 0, tried_at = 0', 'over', 1, 'runs_in_time kept.over')
) AS d (damage, account, number, found);
SELECT is(pg_temp.found(d.damage), d.found, d.damage) FROM (
    VALUES
    ('DELETE FROM ledger.schedule_runs WHERE account_id = ''kept.done''', 'runs_posted kept.done, schedules_keep_runs kept.done'),
    ('UPDATE ledger.schedules SET runs = 4 WHERE account_id = ''kept.a''', 'schedules_keep_runs kept.a'),
    ('DELETE FROM ledger.schedules WHERE account_id = ''kept.none''', 'runs_posted kept.none, schedules_keep_runs kept.none'),
    ('UPDATE ledger.schedules SET next_run_at = next_run_at - 60000 WHERE account_id = ''kept.a''', 'runs_in_time kept.a'),
    (
        'INSERT INTO ledger.schedule_runs (account_id, schedule_number, run_number, occurrence, attempt, due_at, '
        'tried_at, recorded_at, transaction_id, "timestamp") SELECT account_id, schedule_number, 2, 1, 1, 60000, '
        '60000, 60000, 1, 60000 FROM ledger.schedules WHERE account_id = ''kept.done''',
        'runs_in_time kept.done, runs_posted kept.done 2, schedules_keep_runs kept.done'
    ),
    ('DELETE FROM ledger.ledger_transactions WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done 1'),
    ('DELETE FROM ledger.ledger_transactions WHERE account_id = ''kept.none'' AND operation = ''schedule_failed''', 'runs_posted kept.none 1'),
    ('UPDATE ledger.ledger_transactions SET amount = -6 WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done 1'),
    ('UPDATE ledger.ledger_transactions SET contra_account_id = ''kept.a'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done 1'),
    ('UPDATE ledger.ledger_transactions SET details = NULL WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done 1'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"occurrence": "x"}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done, runs_posted kept.done 1'),
    ('UPDATE ledger.ledger_transactions SET metadata = ''{}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done 1'),
    (
        'INSERT INTO ledger.ledger_transactions SELECT (jsonb_populate_record(t, ''{"version": 99, "leg": 99}'')).* '
        'FROM ledger.ledger_transactions AS t WHERE t.account_id = ''kept.done'' AND t.operation = ''transfer''',
        'runs_posted kept.done 1'
    )
) AS d (damage, found);

SELECT * FROM finish();
ROLLBACK;
