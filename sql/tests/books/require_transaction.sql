-- Tests of engine.require_transaction.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.require_transaction'::regproc),
    'transaction_id bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.require_transaction'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'require_transaction', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'require_transaction', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.require_transaction'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a transfer, and a credit that is not folded yet
SELECT count(bank.create_account('require.' || a)) FROM unnest('{a,b,shop}'::text[]) AS a;
SELECT count(bank.deposit('require.a', 100)) FROM generate_series(1, 1);
SELECT count(bank.set_collecting('require.shop', true)) FROM generate_series(1, 1);
CREATE TEMP TABLE done AS
SELECT (bank.transfer('require.a', 'require.b', 5)).transaction_id AS moved,
    (bank.transfer('require.a', 'require.shop', 7)).transaction_id AS collected;
CREATE FUNCTION pg_temp.seen(transaction_id bigint, accounts text) RETURNS boolean
LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM set_config('pgteller.accounts', accounts, true);
    PERFORM engine.require_transaction(transaction_id);
    RETURN true;
EXCEPTION
    WHEN SQLSTATE 'TL103' THEN
        RETURN false;
END;
$function$;

-- Works
SELECT is(pg_temp.seen(d.moved, w.accounts), w.seen, w.what)
FROM done AS d
CROSS JOIN (
    VALUES ('', true, 'there for all'), ('{require.b}', true, 'for either side'),
    ('{require.shop}', false, 'not for others')
) AS w (accounts, seen, what);
SELECT ok(pg_temp.seen(d.collected, '{require.shop}'), 'a collected credit is one') FROM done AS d;
SELECT set_config('pgteller.accounts', '', true);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.require_transaction(%s)', coalesce(t.id, 'NULL')),
    'TL103', 'transaction_not_found', 'refuses ' || coalesce(t.id, 'NULL')
) FROM unnest(ARRAY['9007199254740991', NULL]) AS t (id);

SELECT * FROM finish();
ROLLBACK;
