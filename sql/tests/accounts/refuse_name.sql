-- Tests of engine.refuse_name.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_name'::regproc),
    'account_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_name'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_name', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_name', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_name'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok($$SELECT engine.refuse_name('carol')$$, 'any is, where nothing is said');
SET LOCAL pgteller.accounts = '{alice,s:*}';
SELECT lives_ok($$SELECT engine.refuse_name('s:1')$$, 'its own');

-- Refuses
SELECT throws_ok(
    $$SELECT engine.refuse_name('carol')$$, 'TL201', 'limited_to_accounts', 'another'
);
CREATE FUNCTION pg_temp.told(OUT detail text, OUT hint text) LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM engine.refuse_name('carol');
EXCEPTION
    WHEN SQLSTATE 'TL201' THEN
        GET STACKED DIAGNOSTICS detail := PG_EXCEPTION_DETAIL, hint := PG_EXCEPTION_HINT;
END;
$function$;
SELECT is(
    detail::jsonb, '{"account_id": "carol", "accounts": ["alice", "s:*"]}', 'which, and those that it is for'
) FROM pg_temp.told();
SELECT matches(hint, '"carol" is none of them: \["alice","s:\*"\]', 'and says so')
FROM pg_temp.told();

SELECT * FROM finish();
ROLLBACK;
