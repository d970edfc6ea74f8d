-- Tests of engine.verify_monitors.
BEGIN;
SELECT plan(22);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.verify_monitors'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('engine.verify_monitors'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_monitors', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_monitors', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_monitors'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given one monitor whose condition holds, one whose does not, and a deleted one
DO $given$
BEGIN
    PERFORM bank.create_account_at('seen.alice', "timestamp" => 1000);
    PERFORM bank.create_monitor_at(
        'seen.alice', 'balance', 'lt', 50, "timestamp" => 1000, metadata => '{"why": "low"}'
    );
    PERFORM bank.create_monitor_at('seen.alice', 'balance', 'gt', 50, "timestamp" => 1000);
    PERFORM bank.create_account_at('seen.bob', "timestamp" => 1000);
    PERFORM bank.create_monitor_at('seen.bob', 'balance', 'gt', 50, "timestamp" => 1000);
    PERFORM bank.delete_monitor_at('monitor' || m.monitor_number, 1000)
    FROM ledger.monitors AS m WHERE m.account_id = 'seen.bob';
    PERFORM bank.deposit_at('seen.bob', 100, "timestamp" => 1000);
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
            concat_ws(' ', v."check", v.account_id, v.found ->> 'actual'), ', '
            ORDER BY v."check", v.account_id
        )
        INTO v_found
        FROM engine.verify_monitors() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;

-- Works
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found(format('UPDATE ledger.accounts SET %s WHERE account_id LIKE ''seen.%%''', d.damage)),
    d.found, d.damage
) FROM (
    VALUES ('balance = 51', 'monitors_evaluated seen.alice 51, monitors_evaluated seen.alice 51'),
    ('monitored = NOT monitored', 'accounts_know_monitors seen.alice, accounts_know_monitors seen.bob')
) AS d (damage, found);
SELECT is(
    pg_temp.found('DELETE FROM ledger.monitors WHERE account_id = ''seen.alice'''),
    'accounts_know_monitors seen.alice, monitors_logged seen.alice, monitors_logged seen.alice',
    'monitors removed'
);
SELECT is(
    pg_temp.found('UPDATE ledger.monitors SET triggered = NOT triggered WHERE account_id LIKE ''seen.%'''),
    'monitors_evaluated seen.alice 0, monitors_evaluated seen.alice 0', 'a state that is not true'
);
SELECT is(
    pg_temp.found(format(
        'UPDATE ledger.monitors SET %s WHERE account_id = ''seen.alice'' AND comparison = ''lt''', d.damage
    )), d.found, d.damage
) FROM (
    VALUES ('value = 49', 'monitors_logged seen.alice'), ('comparison = ''lte''', 'monitors_logged seen.alice'),
    ('field = ''available''', 'monitors_logged seen.alice'), ('metadata = NULL', 'monitors_logged seen.alice'),
    ('transaction_id = 1', 'monitors_logged seen.alice'), ('created_at = 1', 'monitors_logged seen.alice'),
    ('active = false', 'monitors_logged seen.alice'),
    ('account_id = ''seen.bob''', 'accounts_know_monitors seen.bob, monitors_evaluated seen.bob 100, monitors_logged seen.alice, monitors_logged seen.bob'),
    ('monitor_number = 9007199254740991', 'monitors_logged seen.alice, monitors_logged seen.alice')
) AS d (damage, found);
SELECT is(
    pg_temp.found('UPDATE ledger.monitors SET active = true WHERE account_id = ''seen.bob'''),
    'accounts_know_monitors seen.bob, monitors_evaluated seen.bob 100, monitors_logged seen.bob',
    'a deleted one put back'
);
SELECT is(
    pg_temp.found('DELETE FROM ledger.monitors WHERE account_id = ''seen.bob'''),
    'monitors_logged seen.bob', 'a deleted one removed'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.monitors (
            account_id, monitor_number, transaction_id, created_at, field, comparison, value, triggered
        ) VALUES ('seen.alice', 9007199254740991, 1, 1000, 'balance', 'lt', 7, true)
    $$), 'monitors_logged seen.alice', 'one put in'
);

SELECT * FROM finish();
ROLLBACK;
