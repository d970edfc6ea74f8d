-- Tests of engine.next_cashback.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.next_cashback'::regproc),
    'account ledger.accounts, payment_number bigint, amount bigint, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.next_cashback'::regproc), 'ledger.cashbacks', 'what it returns'
);
SELECT volatility_is('engine', 'next_cashback', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'next_cashback', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.next_cashback'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_NEXT', 2), ('TAP_NEXT_NO', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_NEXT', 1000, 5000, 30);
    PERFORM bank.create_account('next_c.euro', "timestamp" => 1000);
    PERFORM bank.create_account('next_c.own', 'TAP_NEXT', "timestamp" => 1000);
    PERFORM bank.create_account('next_c.none', 'TAP_NEXT_NO', "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.next(who text, amount bigint, t bigint DEFAULT 2000)
RETURNS ledger.cashbacks LANGUAGE sql AS $function$
    SELECT engine.next_cashback(engine.read_account(who), 2000000001, amount, t)
$function$;

-- Works
SELECT is(
    to_jsonb(pg_temp.next('next_c.euro', 1000)),
    $${
        "account_id": "next_c.euro", "payment_number": 2000000001, "created_at": 2000,
        "due_at": 86402000, "promised": 20, "amount": 20, "clawed_back": 0, "rate_bps": 200,
        "max_amount": null, "status": "pending", "transaction_id": null
    }$$::jsonb, '2 % after 24 hours, pending'
);
SELECT is_empty(
    $$SELECT FROM ledger.cashbacks AS c WHERE c.account_id = 'next_c.euro'$$, 'not written'
);
SELECT is(
    ARRAY[(c).amount, (c).due_at, (c).rate_bps, (c).max_amount],
    ARRAY[20, 7000, 1000, 30]::bigint[], 'the currency''s own policy, and kept with it'
) FROM pg_temp.next('next_c.own', 200) AS c;
SELECT is((pg_temp.next('next_c.own', 9007199254740991)).amount, 30::bigint, 'and its cap');
SELECT is((pg_temp.next('next_c.euro', 49)).amount, NULL, 'no cashback of nothing');
SELECT is((pg_temp.next('next_c.none', 1000)).amount, NULL, 'no policy, no cashback');
SELECT is(
    (pg_temp.next('next_c.own', 10, 9007199254735991)).due_at, 9007199254740991,
    'due in the last millisecond there is'
);

-- Refuses
SELECT throws_ok(
    $$SELECT pg_temp.next('next_c.own', 10, 9007199254735992)$$,
    'TL003', 'invalid_timestamp', 'refuses a payment whose cashback would be due after 2^53-1 ms'
);

SELECT * FROM finish();
ROLLBACK;
