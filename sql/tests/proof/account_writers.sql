-- Tests of engine.account_writers.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.account_writers'::regproc), '', 'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.account_writers'::regproc), 'text[]', 'what it returns');
SELECT volatility_is('engine', 'account_writers', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'account_writers', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.account_writers'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
CREATE FUNCTION pg_temp.own() RETURNS bigint LANGUAGE sql AS $function$
    SELECT count(*) FROM unnest(engine.account_writers()) AS w
    WHERE w = (
        SELECT l.virtualtransaction FROM pg_locks AS l
        WHERE l.pid = pg_backend_pid() AND l.locktype = 'virtualxid'
            AND l.virtualxid = l.virtualtransaction
    )
$function$;
SELECT is(pg_temp.own(), 0::bigint, 'a transaction that has locked no account is not one');
DO $given$
BEGIN
    PERFORM bank.create_account('writers.alice');
END;
$given$;
SELECT is(pg_temp.own(), 0::bigint, 'nor is the one that asks');

SELECT * FROM finish();
ROLLBACK;
