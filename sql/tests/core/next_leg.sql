-- Tests of engine.next_leg.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.next_leg'::regproc),
    'account ledger.accounts, transaction_id bigint, "timestamp" bigint, operation text, '
    || 'amount bigint, contra_account_id text DEFAULT NULL::text, payment_ref text DEFAULT '
    || 'NULL::text, reverses bigint DEFAULT NULL::bigint, metadata jsonb DEFAULT '
    || 'NULL::jsonb, details jsonb DEFAULT NULL::jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.next_leg'::regproc), 'ledger.ledger_transactions',
    'what it returns'
);
SELECT volatility_is('engine', 'next_leg', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'next_leg', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.next_leg'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('next_leg.alice', "timestamp" => 1000);
    PERFORM bank.deposit('next_leg.alice', 500, "timestamp" => 2000);
    PERFORM bank.create_account('next_leg.bob', overdraft_limit => 100, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.next(who text, changes jsonb, amount bigint)
RETURNS ledger.ledger_transactions LANGUAGE sql AS $function$
    SELECT engine.next_leg(
        jsonb_populate_record(engine.read_account(who), changes), 123456789, 3000, 'deposit', amount,
        '@external', 'payment7', 99, '{"m": 1}', '{"d": 2}'
    )
$function$;

-- Works
SELECT is(
    to_jsonb(pg_temp.next(
        'next_leg.alice', '{"held": 40, "pending_cashback": 3}', 25
    )) - 'hash' - 'recorded_at',
    $${
        "account_id": "next_leg.alice", "version": 3, "transaction_id": 123456789,
        "timestamp": 3000, "operation": "deposit", "amount": 25, "balance_after": 525,
        "held_after": 40, "pending_cashback_after": 3, "contra_account_id": "@external",
        "payment_ref": "payment7", "reverses": 99, "metadata": {"m": 1}, "details": {"d": 2}
    }$$::jsonb, 'the leg says all of it'
);
SELECT ok(
    l.recorded_at BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'recorded_at is the server clock'
) FROM pg_temp.next('next_leg.alice', '{}', 25) AS l;
SELECT is(
    l.hash, engine.leg_hash((engine.read_account('next_leg.alice')).head, l),
    'the hash follows from the head before and from the leg'
) FROM pg_temp.next('next_leg.alice', '{}', 25) AS l;
SELECT is(
    (
        SELECT max(t.version) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'next_leg.alice'
    ), 2::bigint, 'nothing is written'
);
SELECT is(
    +(pg_temp.next('next_leg.bob', '{}', 9007199254740991 - 100)).balance_after,
    9007199254740891, 'balance and overdraft limit may reach 2^53-1 together'
);
SELECT is(
    +(pg_temp.next('next_leg.bob', '{}', -9007199254740991)).balance_after,
    -9007199254740991, 'and fall to -(2^53-1)'
);

-- Refuses
SELECT throws_ok(
    $$SELECT pg_temp.next('next_leg.bob', '{}', 9007199254740991 - 99)$$,
    'TL307', 'balance_limit_exceeded', 'refuses 1 more than fits above the overdraft limit'
);
SELECT throws_ok(
    $$SELECT pg_temp.next('next_leg.bob', '{"pending_cashback": 1}', 9007199254740991 - 100)$$,
    'TL307', 'balance_limit_exceeded', 'refuses what leaves no room for the pending cashback'
);
SELECT throws_ok(
    $$SELECT pg_temp.next('next_leg.bob', '{"balance": -9007199254740991}', -1)$$,
    'TL307', 'balance_limit_exceeded', 'refuses to go below -(2^53-1)'
);

SELECT * FROM finish();
ROLLBACK;
