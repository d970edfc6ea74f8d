-- Tests of engine.check_quota.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_quota'::regproc),
    'quota text, in_use bigint, account_id text', 'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.check_quota'::regproc), 'void', 'it returns nothing');
SELECT volatility_is('engine', 'check_quota', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_quota', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_quota'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
UPDATE ledger.settings AS s SET monitors_per_account = 3, webhooks = 0;
SELECT lives_ok(
    $$SELECT engine.check_quota('monitors_per_account', 2, 'alice')$$, 'room for one more'
);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.check_quota('monitors_per_account', 3, 'alice')$$,
    'TL338', 'quota_exceeded', 'refuses one more'
);
SELECT throws_ok(
    $$SELECT engine.check_quota('webhooks', 0, NULL)$$, 'TL338', 'quota_exceeded',
    'refuses any where none is allowed'
);
SELECT throws_ok(
    $$SELECT engine.check_quota('of nothing', 0, NULL)$$, 'TL338', 'quota_exceeded',
    'refuses what no setting allows'
);
CREATE FUNCTION pg_temp.detail() RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
    v_hint text;
BEGIN
    PERFORM engine.check_quota('monitors_per_account', 5, 'alice');
EXCEPTION
    WHEN SQLSTATE 'TL000' THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL, v_hint = PG_EXCEPTION_HINT;
        RETURN v_detail || ' ' || v_hint;
END;
$function$;
SELECT is(
    pg_temp.detail(),
    '{"quota":"monitors_per_account","allowed":3,"in_use":5,"account_id":"alice"} There are 5 of '
    '3 that may be: end one that is not needed, or have monitors_per_account of ledger.settings '
    'raised.',
    'with its numbers'
);

SELECT * FROM finish();
ROLLBACK;
