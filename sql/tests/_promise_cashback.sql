-- Tests of bank._promise_cashback.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank._promise_cashback'::regproc),
    'account ledger.accounts, payment_number bigint, amount bigint, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank._promise_cashback'::regproc), 'ledger.cashbacks',
    'what it returns'
);
SELECT volatility_is('bank', '_promise_cashback', 'volatile', 'it is volatile');
SELECT isnt_definer('bank', '_promise_cashback', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'bank._promise_cashback'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_PRM', 2), ('TAP_PRM_NONE', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_PRM', 1000, 5000, 30);
    PERFORM bank.create_account('promise.euro', "timestamp" => 1000);
    PERFORM bank.create_account('promise.own', 'TAP_PRM', "timestamp" => 1000);
    PERFORM bank.create_account('promise.none', 'TAP_PRM_NONE', "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.promise(who text, number bigint, amount bigint, t bigint DEFAULT 2000)
RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(p) - ARRAY['account_id', 'payment_number', 'status', 'transaction_id']
    FROM bank._promise_cashback(bank._read_account(who), number, amount, t) AS p
$function$;
CREATE FUNCTION pg_temp.stored(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT jsonb_agg(to_jsonb(c) ORDER BY c.payment_number)
    FROM ledger.cashbacks AS c WHERE c.account_id = who
$function$;

-- Works
SELECT is(
    pg_temp.promise('promise.euro', 2000000001, 1000),
    '{"amount": 20, "created_at": 2000, "due_at": 86402000}'::jsonb, '2 % after 24 hours'
);
SELECT is(
    pg_temp.stored('promise.euro'),
    $$[{
        "account_id": "promise.euro", "payment_number": 2000000001, "created_at": 2000,
        "due_at": 86402000, "amount": 20, "status": "pending", "transaction_id": null
    }]$$::jsonb, 'stored, pending'
);
SELECT is(
    pg_temp.promise('promise.own', 2000000002, 200),
    '{"amount": 20, "created_at": 2000, "due_at": 7000}'::jsonb, 'the currency''s own policy'
);
SELECT is(
    pg_temp.promise('promise.own', 2000000003, 9007199254740991) -> 'amount', '30', 'and its cap'
);
SELECT is(
    pg_temp.promise('promise.euro', 2000000004, 49) -> 'amount', 'null', 'no cashback of nothing'
);
SELECT is(
    pg_temp.promise('promise.none', 2000000005, 1000) -> 'amount', 'null', 'no policy, no cashback'
);
SELECT is(pg_temp.stored('promise.none'), NULL, 'and none is stored');
SELECT is(
    pg_temp.promise('promise.own', 2000000006, 10, 9007199254735991) -> 'due_at',
    '9007199254740991',
    'due in the last millisecond there is'
);

-- Refuses
SELECT throws_ok(
    $$SELECT pg_temp.promise('promise.own', 2000000007, 10, 9007199254735992)$$,
    'TL003', 'invalid_timestamp', 'refuses one due after it'
);

SELECT * FROM finish();
ROLLBACK;
