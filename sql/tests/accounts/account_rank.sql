-- Tests of engine.account_rank.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.account_rank'::regproc),
    'account ledger.accounts, sort text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.account_rank'::regproc), 'bigint', 'what it returns'
);
SELECT volatility_is('engine', 'account_rank', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'account_rank', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.account_rank'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
SELECT count(bank.create_account_at('rank.a', "timestamp" => 1000)) FROM generate_series(1, 1);
SELECT count(bank.deposit_at('rank.a', 500, "timestamp" => 2000)) FROM generate_series(1, 1);

-- Works
SELECT is(engine.account_rank(a, s.sort), s.rank::bigint, 'by ' || s.sort)
FROM ledger.accounts AS a
CROSS JOIN (
    VALUES ('account_id', 0), ('balance', 500), ('created_at', 1000), ('last_timestamp', 2000)
) AS s (sort, rank)
WHERE a.account_id = 'rank.a';

SELECT * FROM finish();
ROLLBACK;
