-- Tests of engine.lock_scheduled.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lock_scheduled'::regproc),
    'account_ids text[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.lock_scheduled'::regproc), 'text[]',
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
    FROM unnest(ARRAY['a', 'b', 'c']) AS n;
END;
$given$;

-- Works
SELECT is(
    engine.lock_scheduled(ARRAY['scheduled.c', 'scheduled.x', 'scheduled.a', 'scheduled.c', NULL]),
    ARRAY['scheduled.a', 'scheduled.c'], 'those that there are, once, in byte order'
);
SELECT is(engine.lock_scheduled('{}'), '{}', 'of none none');
SELECT is(engine.lock_scheduled(NULL), '{}', 'nor of NULL');
SELECT is(
    (
        SELECT array_agg(m[1]) FROM pg_proc AS p
        CROSS JOIN LATERAL regexp_matches(p.prosrc, 'FOR NO KEY UPDATE(.*?)\s*\)', 'g') AS m
        WHERE p.oid = 'engine.lock_scheduled'::regproc
    ),
    ARRAY[' SKIP LOCKED'], 'it waits for nobody'
);

SELECT * FROM finish();
ROLLBACK;
