-- Tests of engine.verify_schedules.
BEGIN;
SELECT plan(17);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.verify_schedules'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('engine.verify_schedules'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_schedules', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_schedules', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_schedules'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a schedule that has run twice, and been refused
DO $given$
BEGIN
    PERFORM bank.create_account_at('kept.' || n, "timestamp" => 1000) FROM unnest(ARRAY['a', 'b']) AS n;
    PERFORM bank.deposit_at('kept.a', 10, "timestamp" => 1000);
    PERFORM bank.schedule_transfer_at(
        'kept.a', 'kept.b', 5, 2000, 'PT1S', "timestamp" => 1000
    );
    PERFORM engine.run_schedule(s.schedule_number, t)
    FROM generate_series(2000, 4000, 1000) AS t
    CROSS JOIN ledger.schedules AS s WHERE s.account_id = 'kept.a';
END;
$given$;
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_found text;
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT string_agg(
            concat_ws(' ', v."check", v.account_id, v.found ->> 'run_number'), ', '
            ORDER BY v."check", v.account_id, (v.found ->> 'run_number')::bigint
        )
        INTO v_found
        FROM engine.verify_schedules() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;

-- Works
SELECT is(
    (SELECT count(r.transaction_id) FROM ledger.schedule_runs AS r WHERE r.account_id = 'kept.a'),
    2::bigint, 'two were paid'
);
SELECT is(pg_temp.found(d.damage), d.found, d.damage) FROM (
    VALUES ('SELECT 1', NULL),
    ('DELETE FROM ledger.schedule_runs WHERE account_id = ''kept.a'' AND run_number = 1',
        'schedules_keep_runs kept.a'),
    ('DELETE FROM ledger.schedules WHERE account_id = ''kept.a''', 'schedules_keep_runs kept.a'),
    ('UPDATE ledger.schedules SET runs = 4 WHERE account_id = ''kept.a''', 'schedules_keep_runs kept.a'),
    ('UPDATE ledger.schedules SET occurrence = 1 WHERE account_id = ''kept.a''', 'schedules_keep_runs kept.a'),
    ('UPDATE ledger.schedule_runs SET occurrence = 1 WHERE account_id = ''kept.a''', 'schedules_keep_runs kept.a'),
    ('UPDATE ledger.schedule_runs SET run_number = 9 WHERE account_id = ''kept.a'' AND run_number = 3', 'schedules_keep_runs kept.a'),
    ('UPDATE ledger.schedules SET amount = 6 WHERE account_id = ''kept.a''', 'runs_posted kept.a 1, runs_posted kept.a 2'),
    ('UPDATE ledger.schedules SET target_account_id = ''x'' WHERE account_id = ''kept.a''', 'runs_posted kept.a 1, runs_posted kept.a 2'),
    ('UPDATE ledger.schedule_runs SET "timestamp" = 1 WHERE account_id = ''kept.a'' AND run_number = 1', 'runs_posted kept.a 1'),
    ('DELETE FROM ledger.ledger_transactions WHERE account_id = ''kept.a'' AND "timestamp" = 3000', 'runs_posted kept.a 2')
) AS d (damage, found);

SELECT * FROM finish();
ROLLBACK;
