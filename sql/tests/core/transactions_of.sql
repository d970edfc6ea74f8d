-- Tests of engine.transactions_of.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.transactions_of'::regproc),
    'account_id text, operation text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.transactions_of'::regproc), 'bigint[]', 'what it returns');
SELECT volatility_is('engine', 'transactions_of', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'transactions_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.transactions_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
SELECT bank.create_account_at('of.' || n, "timestamp" => 1000) FROM unnest('{payer,shop,idle}'::text[]) AS n;
SELECT bank.set_collecting('of.shop', true, "timestamp" => 1000);
SELECT (bank.deposit_at('of.payer', 100, "timestamp" => 2000)).transaction_id AS deposited \gset
SELECT (bank.transfer_at('of.payer', 'of.shop', 7, "timestamp" => 2000)).transaction_id AS collected \gset

-- Works
SELECT is(
    engine.transactions_of('of.payer') @> ARRAY[:deposited, :collected]::bigint[], true, 'those of its legs'
);
SELECT is(
    engine.transactions_of('of.shop') @> ARRAY[:collected]::bigint[], true, 'and of what it has collected'
);
SELECT is(
    engine.transactions_of('of.shop', 'transfer'), ARRAY[:collected]::bigint[], 'of an operation'
);
SELECT is(engine.transactions_of('of.none'), '{}', 'none of nobody');
SELECT is(engine.transactions_of(NULL), NULL, 'NULL where nobody is asked about');

SELECT * FROM finish();
ROLLBACK;
