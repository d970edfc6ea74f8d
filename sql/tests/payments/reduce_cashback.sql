-- Tests of engine.reduce_cashback.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.reduce_cashback'::regproc),
    'payment_number bigint, net bigint, OUT cancelled bigint, OUT '
    || 'clawed_back bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.reduce_cashback'::regproc), 'record', 'what it returns'
);
SELECT volatility_is('engine', 'reduce_cashback', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'reduce_cashback', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.reduce_cashback'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given three payments by a policy of 10 %, at most 50, which is gone by now
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_REDUCE', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_REDUCE', 1000, 5000, 50);
    PERFORM bank.create_account_at('reduce.alice', 'TAP_REDUCE', "timestamp" => 1000);
    PERFORM bank.deposit_at('reduce.alice', 10000, "timestamp" => 1000);
    PERFORM bank.pay_at('reduce.alice', 100, "timestamp" => 1000);
    PERFORM bank.pay_at('reduce.alice', 9, "timestamp" => 1000);
    PERFORM bank.deposit_at('reduce.alice', 1, "timestamp" => 6000);
    PERFORM bank.pay_at('reduce.alice', 101, "timestamp" => 6000);
    PERFORM bank.pay_at('reduce.alice', 700, "timestamp" => 6000);
    UPDATE ledger.cashback_policies AS p SET rate_bps = 0 WHERE p.currency = 'TAP_REDUCE';
END;
$given$;
CREATE FUNCTION pg_temp.reduce(paid bigint, net bigint) RETURNS bigint[] LANGUAGE sql AS $function$
    SELECT ARRAY[r.cancelled, r.clawed_back]
    FROM ledger.payments AS p
    CROSS JOIN LATERAL engine.reduce_cashback(p.payment_number, net) AS r
    WHERE p.account_id = 'reduce.alice' AND p.amount = paid
$function$;
PREPARE cashback (bigint) AS
SELECT c.promised, c.amount, c.clawed_back, c.status
FROM engine.cashbacks AS c
INNER JOIN ledger.payments AS p USING (account_id, payment_number)
WHERE c.account_id = 'reduce.alice' AND p.amount = $1;

-- Works
SELECT is(pg_temp.reduce(9, 0), ARRAY[0, 0]::bigint[], 'nothing where nothing was promised');
SELECT is(pg_temp.reduce(101, 100), ARRAY[0, 0]::bigint[], 'nothing where as much is earned');
SELECT is(pg_temp.reduce(101, 99), ARRAY[1, 0]::bigint[], 'one less is earned: one is cancelled');
SELECT results_eq(
    'EXECUTE cashback(101)', $$VALUES (10::bigint, 9::bigint, 0::bigint, 'pending')$$, 'it stays pending'
);
SELECT is(pg_temp.reduce(101, 99), ARRAY[0, 0]::bigint[], 'not twice');
SELECT is(pg_temp.reduce(101, 9), ARRAY[9, 0]::bigint[], 'the rest');
SELECT results_eq(
    'EXECUTE cashback(101)', $$VALUES (10::bigint, 0::bigint, 0::bigint, 'cancelled')$$,
    'of which nothing is left'
);
SELECT is(pg_temp.reduce(101, 0), ARRAY[0, 0]::bigint[], 'and nothing can be taken any more');
SELECT is(
    pg_temp.reduce(700, 500), ARRAY[0, 0]::bigint[], 'what is above the cap is earned without a loss'
);
SELECT is(pg_temp.reduce(700, 490), ARRAY[1, 0]::bigint[], 'what is below it is not');
SELECT is(pg_temp.reduce(100, 95), ARRAY[0, 1]::bigint[], 'of a deposited one it is to be clawed back');
SELECT is(pg_temp.reduce(100, 0), ARRAY[0, 9]::bigint[], 'and the rest');
SELECT results_eq(
    'EXECUTE cashback(100)', $$VALUES (10::bigint, 10::bigint, 10::bigint, 'deposited')$$,
    'which says what was deposited, and what was taken back'
);

SELECT * FROM finish();
ROLLBACK;
