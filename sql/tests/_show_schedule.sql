-- Tests of bank._show_schedule.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank._show_schedule'::regproc),
    'schedule ledger.schedules',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank._show_schedule'::regproc), 'bank.schedule',
    'what it returns'
);
SELECT volatility_is('bank', '_show_schedule', 'stable', 'it is stable');
SELECT isnt_definer('bank', '_show_schedule', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'bank._show_schedule'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    to_jsonb(bank._show_schedule(jsonb_populate_record(NULL::ledger.schedules, '{
        "account_id": "x", "schedule_number": 7, "target_account_id": "y", "amount": 5,
        "run_at": 1000, "every": "P1D", "until": 9000, "status": "active", "next_run_at": 2000,
        "occurrence": 2, "attempt": 3, "runs": 4, "created_at": 500, "metadata": {"a": 1}
    }'))),
    '{
        "source_account_id": "x", "schedule_id": "schedule7", "target_account_id": "y", "amount": 5,
        "run_at": 1000, "every": "P1D", "until": 9000, "status": "active", "next_run_at": 2000,
        "occurrence": 2, "attempt": 3, "runs": 4, "created_at": 500, "ended_at": null,
        "metadata": {"a": 1}
    }',
    'its number as an id, and all else'
);

SELECT * FROM finish();
ROLLBACK;
