-- Tests of engine.credit.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.credit'::regproc),
    'account ledger.accounts, transaction_id bigint, "timestamp" bigint, operation text, '
    || 'amount bigint, contra_account_id text, payment_ref text DEFAULT NULL::text, metadata'
    || ' jsonb DEFAULT NULL::jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.credit'::regproc), 'ledger.accounts',
    'what it returns'
);
SELECT volatility_is('engine', 'credit', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'credit', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.credit'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an account that collects and one that does not
DO $given$
BEGIN
    PERFORM bank.create_account('cr.alice', "timestamp" => 1000);
    PERFORM bank.create_account('cr.shop', overdraft_limit => 100, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'cr.shop';
END;
$given$;
CREATE FUNCTION pg_temp.credit(who text, id bigint, amount bigint) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT to_jsonb(engine.credit(
        engine.read_account(who), id, 2000, 'transfer', amount, 'cr.bob', 'payment7', '{"m": 1}'
    ))
$function$;
CREATE FUNCTION pg_temp.stored(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = who
$function$;
CREATE TEMP TABLE before AS SELECT pg_temp.stored('cr.shop') AS shop;

-- Works
SELECT is(
    pg_temp.credit('cr.alice', 2000000011, 50), pg_temp.stored('cr.alice'),
    'an ordinary account is returned as it is stored'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY['hash', 'recorded_at']
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'cr.alice' AND t.version = 2
    ),
    $${
        "account_id": "cr.alice", "version": 2, "transaction_id": 2000000011, "timestamp": 2000,
        "operation": "transfer", "amount": 50, "balance_after": 50, "held_after": 0,
        "pending_cashback_after": 0, "contra_account_id": "cr.bob", "payment_ref": "payment7",
        "reverses": null, "metadata": {"m": 1}, "details": null
    }$$::jsonb, 'with a leg'
);
SELECT is(
    pg_temp.credit('cr.shop', 2000000012, 50), b.shop, 'a collecting account is returned unchanged'
) FROM before AS b;
SELECT is(pg_temp.stored('cr.shop'), b.shop, 'and stored unchanged') FROM before AS b;
SELECT is(
    (
        SELECT jsonb_agg(to_jsonb(c)) FROM ledger.collected_credits AS c
        WHERE c.account_id = 'cr.shop'
    ),
    $$[{
        "account_id": "cr.shop", "transaction_id": 2000000012, "timestamp": 2000,
        "operation": "transfer", "amount": 50, "contra_account_id": "cr.bob",
        "payment_ref": "payment7", "metadata": {"m": 1}
    }]$$::jsonb, 'the credit is put aside in full'
);
SELECT lives_ok(
    $$SELECT pg_temp.credit('cr.shop', 2000000013, 9007199254740891)$$,
    'up to 2^53-1 together with the overdraft limit'
);

-- Refuses
SELECT throws_ok(
    $$SELECT pg_temp.credit('cr.shop', 2000000014, 9007199254740892)$$,
    'TL307', 'balance_limit_exceeded', 'refuses what does not fit a collecting account'
);
UPDATE ledger.accounts AS a SET pending_cashback = 1 WHERE a.account_id = 'cr.shop';
SELECT throws_ok(
    $$SELECT pg_temp.credit('cr.shop', 2000000014, 9007199254740891)$$,
    'TL307', 'balance_limit_exceeded', 'refuses what leaves no room for its pending cashback'
);
SELECT throws_ok(
    $$SELECT pg_temp.credit('cr.alice', 2000000014, 9007199254740991)$$,
    'TL307', 'balance_limit_exceeded', 'refuses what does not fit an ordinary account'
);

SELECT * FROM finish();
ROLLBACK;
