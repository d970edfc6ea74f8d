-- Tests of engine.run_details.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.run_details'::regproc),
    'schedule_number bigint, occurrence bigint, attempt bigint, due_at bigint, next_run_at bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.run_details'::regproc), 'jsonb', 'what it returns');
SELECT volatility_is('engine', 'run_details', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'run_details', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.run_details'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.run_details(7, 2, 3, 4000, 5000),
    '{"schedule_id": "schedule7", "occurrence": 2, "attempt": 3, "due_at": 4000, "next_run_at": 5000}',
    'all of it'
);
SELECT is(
    engine.run_details(7, 2, 3, 4000, NULL) -> 'next_run_at', 'null', 'that there is no next one'
);

SELECT * FROM finish();
ROLLBACK;
