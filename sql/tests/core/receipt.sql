-- Tests of engine.receipt.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.receipt'::regproc),
    'account ledger.accounts, transaction_id bigint, amount bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.receipt'::regproc), 'bank.receipt',
    'what it returns'
);
SELECT volatility_is('engine', 'receipt', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'receipt', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.receipt'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('receipt.alice', 'JPY', 100, "timestamp" => 1000);
    PERFORM bank.deposit('receipt.alice', 500, "timestamp" => 2000);
END;
$given$;
UPDATE ledger.accounts AS a SET held = 30 WHERE a.account_id = 'receipt.alice';

-- Works
SELECT results_eq(
    $$SELECT r.* FROM engine.receipt(engine.read_account('receipt.alice'), 77, 500) AS r$$,
    $$
        VALUES (
            77::bigint, 'receipt.alice', 500::bigint, 500::bigint, 570::bigint, 'JPY', 2000::bigint
        )
    $$,
    'id, account, amount, balance, available (less held, plus overdraft), currency, time'
);

SELECT * FROM finish();
ROLLBACK;
