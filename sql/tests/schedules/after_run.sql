-- Tests of engine.after_run.
BEGIN;
SELECT plan(22);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.after_run'::regproc),
    'schedule ledger.schedules, code text, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.after_run'::regproc), 'ledger.schedules',
    'what it returns'
);
SELECT volatility_is('engine', 'after_run', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'after_run', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.after_run'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE FUNCTION pg_temp.after_run(given jsonb, code text, t bigint DEFAULT 2000) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT jsonb_strip_nulls(to_jsonb(engine.after_run(jsonb_populate_record(
        NULL::ledger.schedules, '{
            "run_at": 1000, "status": "active", "occurrence": 1, "attempt": 1, "created_at": 0,
            "next_run_at": 1000, "time_zone": "UTC"
        }' || given
    ), code, t))) - ARRAY[
        'run_at', 'every', 'until', 'created_at', 'time_zone'
    ]
$function$;

-- Works
SELECT is(
    pg_temp.after_run(r.given::jsonb, r.code, r.t), r.expected::jsonb, r.what
) FROM (
    VALUES
    ('{}', NULL, 2000, '{"status": "completed", "occurrence": 1, "attempt": 1}',
        'once made it is completed'),
    ('{}', 'account_frozen', 2000, '{"status": "failed", "occurrence": 1, "attempt": 1}',
        'a refusal ends it'),
    ('{}', 'insufficient_funds', 2000, '{"status": "active", "occurrence": 1, "attempt": 2, "next_run_at": 3602000}',
        'but the lack of money is tried again after an hour'),
    ('{"attempt": 2}', 'insufficient_funds', 2000, '{"status": "active", "occurrence": 1, "attempt": 3, "next_run_at": 14402000}',
        'after four hours'),
    ('{"attempt": 3}', 'insufficient_funds', 2000, '{"status": "active", "occurrence": 1, "attempt": 4, "next_run_at": 86402000}',
        'and after a day'),
    ('{"attempt": 4}', 'insufficient_funds', 2000, '{"status": "failed", "occurrence": 1, "attempt": 4}',
        'then no more'),
    ('{"every": "PT1S", "attempt": 3}', NULL, 2000, '{"status": "active", "occurrence": 2, "attempt": 1, "next_run_at": 2000}',
        'a recurring one goes on with the next occurrence'),
    ('{"every": "PT1S", "occurrence": 9}', NULL, 2000, '{"status": "active", "occurrence": 10, "attempt": 1, "next_run_at": 10000}',
        'which is counted from run_at'),
    ('{"every": "PT1S"}', 'account_blocked', 2000, '{"status": "active", "occurrence": 2, "attempt": 1, "next_run_at": 2000}',
        'whether or not it was refused'),
    ('{"every": "PT1S"}', 'insufficient_funds', 2000, '{"status": "active", "occurrence": 2, "attempt": 1, "next_run_at": 2000}',
        'the next occurrence goes before another attempt'),
    ('{"every": "PT3601S"}', 'insufficient_funds', 1999, '{"status": "active", "occurrence": 1, "attempt": 2, "next_run_at": 3601999}',
        'unless it comes later'),
    ('{"every": "PT3601S"}', 'insufficient_funds', 2000, '{"status": "active", "occurrence": 2, "attempt": 1, "next_run_at": 3602000}',
        'not at the same time'),
    ('{"every": "PT1S"}', 'account_closed', 2000, '{"status": "failed", "occurrence": 1, "attempt": 1}',
        'a closed account ends it for ever'),
    ('{"every": "PT1S", "until": 2001}', NULL, 2000, '{"status": "active", "occurrence": 2, "attempt": 1, "next_run_at": 2000}',
        'occurrences before until'),
    ('{"every": "PT1S", "until": 2000}', NULL, 2000, '{"status": "completed", "occurrence": 1, "attempt": 1}',
        'not at until'),
    ('{"every": "P9999Y"}', NULL, 2000, '{"status": "completed", "occurrence": 1, "attempt": 1}',
        'nor after the year 9999'),
    ('{}', 'insufficient_funds', 9007199254740000, '{"status": "failed", "occurrence": 1, "attempt": 1}',
        'nor another attempt after 2^53-1')
) AS r (given, code, t, expected, what);

SELECT * FROM finish();
ROLLBACK;
