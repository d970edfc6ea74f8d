-- Tests of engine.schedule_details.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.schedule_details'::regproc),
    'schedule ledger.schedules',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.schedule_details'::regproc), 'jsonb', 'what it returns');
SELECT volatility_is('engine', 'schedule_details', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'schedule_details', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.schedule_details'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.schedule_details(jsonb_populate_record(NULL::ledger.schedules, '{
        "account_id": "x", "schedule_number": 7, "target_account_id": "y", "amount": 5,
        "run_at": 1000, "every": "P1D", "time_zone": "UTC", "status": "active", "runs": 4
    }')),
    '{
        "schedule_id": "schedule7", "target_account_id": "y", "amount": 5, "run_at": 1000,
        "every": "P1D", "until": null, "time_zone": "UTC"
    }',
    'what it was made with, and nothing that changes'
);

SELECT * FROM finish();
ROLLBACK;
