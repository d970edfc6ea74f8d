-- Tests of engine.lock_free.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lock_free'::regproc), 'account_ids text[], "limit" bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.lock_free'::regproc), 'text[]', 'what it returns');
SELECT volatility_is('engine', 'lock_free', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'lock_free', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.lock_free'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account(n) FROM unnest(ARRAY['free.a', 'free.b', 'free.c']) AS n;
END;
$given$;

-- Works; that it skips what others hold is tested by several sessions in tests/
SELECT is(
    engine.lock_free(ARRAY['free.c', 'free.a', 'free.b'], 2), ARRAY['free.c', 'free.a'],
    'the first limit of them, in the order given'
);
SELECT is(
    engine.lock_free(ARRAY['free.c', 'free.a'], 9), ARRAY['free.c', 'free.a'], 'all that there are'
);
SELECT is(
    engine.lock_free(ARRAY['free.x', 'free.y', 'free.c', 'free.b'], 1), ARRAY['free.b'],
    'one of the rest, where none of the first is to be had'
);
SELECT is(engine.lock_free(ARRAY['free.x'], 1), '{}', 'none where there is none');
SELECT is(engine.lock_free('{}', 1), '{}', 'nor of none');

SELECT * FROM finish();
ROLLBACK;
