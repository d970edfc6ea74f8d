-- Tests of engine.run_details.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.run_details'::regproc),
    'schedule ledger.schedules, next_run_at bigint',
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
    engine.run_details(s, given.next_run_at) ->> 'next_run_at', given.next_run_at::text, given.told
) FROM (
    VALUES (5000::bigint, 'when the next attempt is'), (NULL, 'that there is no next one')
) AS given (next_run_at, told),
jsonb_populate_record(NULL::ledger.schedules, '{"schedule_number": 7}') AS s;
SELECT is(
    engine.run_details(s, 5000) - 'next_run_at',
    '{"schedule_id": "schedule7", "occurrence": 2, "attempt": 3, "due_at": 4000}',
    'the attempt that the schedule stands before'
) FROM jsonb_populate_record(
    NULL::ledger.schedules,
    '{"schedule_number": 7, "occurrence": 2, "attempt": 3, "next_run_at": 4000}'
) AS s;

SELECT * FROM finish();
ROLLBACK;
