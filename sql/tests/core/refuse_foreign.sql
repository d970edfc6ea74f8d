-- Tests of engine.refuse_foreign.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_foreign'::regproc),
    'account_ids text[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_foreign'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_foreign', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_foreign', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_foreign'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok($$SELECT engine.refuse_foreign('{alice,bob,NULL}')$$, 'all are, where nothing is said');
SET LOCAL pgteller.accounts = '{alice,s:*}';
SELECT lives_ok($$SELECT engine.refuse_foreign('{alice,s:1,NULL}')$$, 'its own');

-- Refuses
SELECT throws_ok(
    $$SELECT engine.refuse_foreign('{alice,carol,bob}')$$, 'TL101', 'account_not_found', 'another'
);
CREATE FUNCTION pg_temp.detail() RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    PERFORM engine.refuse_foreign('{alice,carol,bob}');
EXCEPTION
    WHEN SQLSTATE 'TL101' THEN
        GET STACKED DIAGNOSTICS v_detail := PG_EXCEPTION_DETAIL;
        RETURN v_detail;
END;
$function$;
SELECT is(pg_temp.detail()::jsonb, '{"account_id": "bob"}', 'the first in byte order');

SELECT * FROM finish();
ROLLBACK;
