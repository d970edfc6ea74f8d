-- Tests of engine.show_monitor.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.show_monitor'::regproc),
    'monitor ledger.monitors',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.show_monitor'::regproc), 'bank.monitor',
    'what it returns'
);
SELECT volatility_is('engine', 'show_monitor', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'show_monitor', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.show_monitor'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    to_jsonb(engine.show_monitor(jsonb_populate_record(NULL::ledger.monitors, '{
        "account_id": "x", "monitor_number": 7, "transaction_id": 9, "created_at": 1000,
        "field": "held", "comparison": "gt", "value": -5, "triggered": true, "active": true,
        "metadata": {"a": 1}
    }'))),
    '{
        "account_id": "x", "monitor_id": "monitor7", "transaction_id": 9, "created_at": 1000,
        "field": "held", "comparison": "gt", "value": -5, "triggered": true, "metadata": {"a": 1}
    }',
    'its number as an id, and all else that concerns readers'
);

SELECT * FROM finish();
ROLLBACK;
