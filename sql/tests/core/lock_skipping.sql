-- Tests of engine.lock_skipping.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lock_skipping'::regproc),
    'account_ids text[], "limit" bigint DEFAULT NULL::bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.lock_skipping'::regproc), 'text[]',
    'what it returns'
);
SELECT volatility_is('engine', 'lock_skipping', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'lock_skipping', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.lock_skipping'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('scheduled.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b', 'c']) AS n;
END;
$given$;

-- Works
SELECT is(
    engine.lock_skipping(ARRAY['scheduled.c', 'scheduled.x', 'scheduled.a', 'scheduled.c', NULL]),
    ARRAY['scheduled.a', 'scheduled.c'], 'those that there are, once, in byte order'
);
SELECT is(
    engine.lock_skipping(ARRAY['scheduled.c', 'scheduled.b', 'scheduled.a'], 2),
    ARRAY['scheduled.a', 'scheduled.b'], 'at most limit'
);
SELECT is(engine.lock_skipping('{}'), '{}', 'of none none');
SELECT is(engine.lock_skipping(NULL), '{}', 'nor of NULL');
SELECT is(
    (
        SELECT array_agg(m[1]) FROM pg_proc AS p
        CROSS JOIN LATERAL regexp_matches(p.prosrc, 'FOR NO KEY UPDATE(.*?)\s*\)', 'g') AS m
        WHERE p.oid = 'engine.lock_skipping'::regproc
    ),
    ARRAY[' SKIP LOCKED'], 'it waits for nobody'
);

SELECT * FROM finish();
ROLLBACK;
