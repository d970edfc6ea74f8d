-- Tests of engine.lock_scheduled.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lock_scheduled'::regproc),
    'schedule ledger.schedules',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.lock_scheduled'::regproc), 'boolean',
    'what it returns'
);
SELECT volatility_is('engine', 'lock_scheduled', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'lock_scheduled', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.lock_scheduled'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('scheduled.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b']) AS n;
    PERFORM bank.schedule_transfer('scheduled.a', 'scheduled.b', 5, 9007199254740);
END;
$given$;

-- Works
SELECT is(engine.lock_scheduled(s), true, 'it has both accounts')
FROM ledger.schedules AS s WHERE s.account_id = 'scheduled.a';
SELECT is(engine.lock_scheduled(jsonb_populate_record(s, w.change)), false, 'not ' || w.change::text)
FROM ledger.schedules AS s
CROSS JOIN (
    VALUES ('{"account_id": "scheduled.x"}'::jsonb), ('{"target_account_id": "scheduled.x"}')
) AS w (change)
WHERE s.account_id = 'scheduled.a';
SELECT is(
    (
        SELECT array_agg(m[1]) FROM pg_proc AS p
        CROSS JOIN LATERAL regexp_matches(p.prosrc, 'FOR NO KEY UPDATE(.*?);', 'g') AS m
        WHERE p.oid = 'engine.lock_scheduled'::regproc
    ),
    ARRAY[' SKIP LOCKED', ' SKIP LOCKED'], 'it waits for nobody'
);

SELECT * FROM finish();
ROLLBACK;
