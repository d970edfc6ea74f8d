-- Tests of engine.promise_cashback.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.promise_cashback'::regproc),
    'account_id text, currency text, payment_number bigint, amount bigint, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.promise_cashback'::regproc), 'ledger.cashbacks',
    'what it returns'
);
SELECT volatility_is('engine', 'promise_cashback', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'promise_cashback', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.promise_cashback'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a currency with a policy of its own, and one without
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_PROM', 2), ('TAP_PROM_NO', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_PROM', 1000, 5000, 30);
END;
$given$;
CREATE FUNCTION pg_temp.promise(
    currency text, amount bigint, payment_number bigint, t bigint DEFAULT 2000
) RETURNS ledger.cashbacks LANGUAGE sql AS $function$
    SELECT engine.promise_cashback('promise.alice', currency, payment_number, amount, t)
$function$;

-- Works
SELECT is(
    to_jsonb(pg_temp.promise('EUR', 1000, 2000000001)),
    $${
        "account_id": "promise.alice", "payment_number": 2000000001, "created_at": 2000,
        "due_at": 86402000, "promised": 20, "amount": 20, "clawed_back": 0, "rate_bps": 200,
        "max_amount": null, "status": "pending", "transaction_id": null
    }$$::jsonb, '2 % after 24 hours, pending'
);
SELECT is(
    (SELECT to_jsonb(c) FROM ledger.cashbacks AS c WHERE c.payment_number = 2000000001),
    $${
        "account_id": "promise.alice", "payment_number": 2000000001, "created_at": 2000,
        "due_at": 86402000, "promised": 20, "amount": 20, "clawed_back": 0, "rate_bps": 200,
        "max_amount": null, "status": "pending", "transaction_id": null
    }$$::jsonb, 'and written'
);
SELECT is(
    ARRAY[(c).amount, (c).due_at, (c).rate_bps, (c).max_amount],
    ARRAY[20, 7000, 1000, 30]::bigint[], 'the currency''s own policy, and kept with it'
) FROM pg_temp.promise('TAP_PROM', 200, 2000000002) AS c;
SELECT is(
    (pg_temp.promise('TAP_PROM', 9007199254740991, 2000000003)).amount, 30::bigint, 'and its cap'
);
SELECT is(
    (pg_temp.promise('EUR', 49, 2000000004)).amount, NULL, 'no cashback of nothing'
);
SELECT is(
    (pg_temp.promise('TAP_PROM_NO', 1000, 2000000005)).amount, NULL, 'no policy, no cashback'
);
SELECT is_empty(
    $$SELECT FROM ledger.cashbacks AS c WHERE c.payment_number IN (2000000004, 2000000005)$$,
    'and nothing is written of those'
);
SELECT is(
    (pg_temp.promise('TAP_PROM', 10, 2000000006, 9007199254735991)).due_at, 9007199254740991,
    'due in the last millisecond there is'
);

-- Refuses
SELECT throws_ok(
    $$SELECT pg_temp.promise('TAP_PROM', 10, 2000000007, 9007199254735992)$$,
    'TL003', 'invalid_timestamp', 'refuses a payment whose cashback would be due after 2^53-1 ms'
);

SELECT * FROM finish();
ROLLBACK;
