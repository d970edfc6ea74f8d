-- Tests of engine.verify_schedule_runs.
BEGIN;
SELECT plan(42);

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
SET LOCAL jit = off;  -- as bank.verify_ledger has it
SET LOCAL session_replication_role = replica;  -- the guards are asleep

-- Works
SELECT results_eq(
    $$
        SELECT l.account_id COLLATE "default", string_agg(
            concat_ws(' ', l.details ->> 'occurrence', l.details ->> 'attempt', l.operation COLLATE "default"), ', '
            ORDER BY l.version
        )
        FROM engine.schedule_legs AS l
        WHERE l.account_id LIKE 'kept.%' AND l.kind = 'run'
        GROUP BY l.account_id ORDER BY l.account_id
    $$,
    $$
        VALUES
        ('kept.a', '1 1 transfer, 2 1 transfer, 3 1 transfer, 4 1 schedule_failed, 5 1 schedule_failed'),
        ('kept.done', '1 1 transfer'), ('kept.none', '1 1 schedule_failed'),
        ('kept.over', '1 1 schedule_postponed, 1 2 schedule_postponed'),
        ('kept.poor', '1 1 schedule_postponed, 1 2 schedule_postponed')
    $$, 'some were paid, some postponed, some given up'
);
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found(format(
        'UPDATE ledger.schedule_runs SET %s WHERE account_id = ''kept.%s'' AND run_number = %s',
        d.damage, d.account, d.number
    )), d.found, format('%s of %s %s', d.damage, d.account, d.number)
) FROM (
    VALUES ('transaction_id = 1', 'a', 1, 'schedules_keep_runs kept.a 1'),
    ('run_number = 9', 'a', 3, 'schedules_keep_runs kept.a 3, schedules_keep_runs kept.a 9'),
    ('account_id = ''kept.b''', 'a', 1, 'schedules_keep_runs kept.b 1'),
    ('schedule_number = 9007199254740991', 'a', 1, 'schedules_keep_runs kept.a 1')
) AS d (damage, account, number, found);
SELECT is(pg_temp.found(d.damage), d.found, d.damage) FROM (
    VALUES
    ('DELETE FROM ledger.schedule_runs WHERE account_id = ''kept.done''', 'schedules_keep_runs kept.done 1'),
    (
        'INSERT INTO ledger.schedule_runs SELECT account_id, schedule_number, 2, 1 '
        'FROM ledger.schedules WHERE account_id = ''kept.done''',
        'schedules_keep_runs kept.done 2'
    ),
    ('UPDATE ledger.ledger_transactions SET amount = -6 WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET contra_account_id = ''kept.a'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET metadata = ''{}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET "timestamp" = 59999 WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET operation = ''schedule_failed'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"occurrence": "x"}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"occurrence": 2}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"attempt": 2}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"due_at": 59999}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"more": 1}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET details = details - ''next_run_at'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"next_run_at": 3660000}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_in_time kept.done'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"schedule_id": "schedule0"}'' WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'runs_posted kept.done, schedules_keep_runs kept.done 1'),
    ('UPDATE ledger.ledger_transactions SET details = NULL WHERE account_id = ''kept.done'' AND operation = ''transfer''', 'schedules_keep_runs kept.done 1'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"next_run_at": 7260001}'' WHERE account_id = ''kept.a'' AND details ->> ''occurrence'' = ''2''', 'runs_in_time kept.a, runs_posted kept.a'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"next_run_at": 86400000}'' WHERE account_id = ''kept.a'' AND details ->> ''occurrence'' = ''5''', 'runs_in_time kept.a'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"next_run_at": 1e400}'' WHERE account_id = ''kept.a'' AND details ->> ''occurrence'' = ''5''', 'runs_in_time kept.a'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"next_run_at": "soon"}'' WHERE account_id = ''kept.a'' AND details ->> ''occurrence'' = ''5''', 'runs_in_time kept.a'),
    ('UPDATE ledger.ledger_transactions SET details = details - ''code'' WHERE account_id = ''kept.none'' AND operation = ''schedule_failed''', 'runs_posted kept.none'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"code": "account_frozen"}'' WHERE account_id = ''kept.poor'' AND details ->> ''attempt'' = ''1''', 'runs_posted kept.poor'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"next_run_at": null}'' WHERE account_id = ''kept.poor'' AND details ->> ''attempt'' = ''1''', 'runs_posted kept.poor'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"next_run_at": 3659999}'' WHERE account_id = ''kept.poor'' AND details ->> ''attempt'' = ''1''', 'runs_in_time kept.poor, runs_posted kept.poor'),
    ('UPDATE ledger.ledger_transactions SET operation = ''schedule_failed'' WHERE account_id = ''kept.poor'' AND details ->> ''attempt'' = ''1''', 'runs_in_time kept.poor, runs_posted kept.poor'),
    ('UPDATE ledger.ledger_transactions SET details = details || ''{"next_run_at": 0}'' WHERE account_id = ''kept.over'' AND details ->> ''attempt'' = ''1''', 'runs_in_time kept.over, runs_posted kept.over'),
    ('UPDATE ledger.ledger_transactions SET version = 99 WHERE account_id = ''kept.over'' AND details ->> ''attempt'' = ''2''', 'runs_posted kept.over'),
    ('INSERT INTO ledger.ledger_transactions SELECT (jsonb_populate_record(t, ''{"version": 99, "leg": 99}'')).* '
        'FROM ledger.ledger_transactions AS t WHERE t.account_id = ''kept.done'' AND t.operation = ''transfer''', 'runs_posted kept.done, schedules_keep_runs kept.done 2'),
    ('DELETE FROM ledger.ledger_transactions WHERE account_id = ''kept.poor'' AND details ->> ''attempt'' = ''1''', 'runs_posted kept.poor, schedules_keep_runs kept.poor 1, schedules_keep_runs kept.poor 2'),
    ('UPDATE ledger.schedules SET amount = 6 WHERE account_id = ''kept.done''', 'runs_posted kept.done'),
    ('UPDATE ledger.schedules SET every = ''rubbish'' WHERE account_id = ''kept.poor''', 'runs_posted kept.poor')
) AS d (damage, found);

SELECT * FROM finish();
ROLLBACK;
