-- Tests of engine.show_schedule.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.show_schedule'::regproc),
    'schedule ledger.schedules',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.show_schedule'::regproc), 'bank.schedule',
    'what it returns'
);
SELECT volatility_is('engine', 'show_schedule', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'show_schedule', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.show_schedule'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    to_jsonb(engine.show_schedule(jsonb_populate_record(NULL::ledger.schedules, '{
        "account_id": "x", "schedule_number": 7, "target_account_id": "y", "amount": 5,
        "run_at": 1000, "every": "P1D", "until": 9000, "time_zone": "Asia/Tokyo", "status": "active", "next_run_at": 2000,
        "occurrence": 2, "attempt": 3, "runs": 4, "created_at": 500, "metadata": {"a": 1}
    }'))),
    '{
        "source_account_id": "x", "schedule_id": "schedule7", "target_account_id": "y", "amount": 5,
        "run_at": 1000, "every": "P1D", "until": 9000, "time_zone": "Asia/Tokyo", "status": "active", "next_run_at": 2000,
        "occurrence": 2, "attempt": 3, "runs": 4, "created_at": 500, "ended_at": null,
        "metadata": {"a": 1}
    }',
    'its number as an id, and all else'
);

SELECT * FROM finish();
ROLLBACK;
