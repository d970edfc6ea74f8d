-- Tests of engine.fold_credits.
BEGIN;
SELECT plan(17);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.fold_credits'::regproc),
    'account ledger.accounts, max_count bigint DEFAULT NULL::bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.fold_credits'::regproc), 'ledger.accounts',
    'what it returns'
);
SELECT volatility_is('engine', 'fold_credits', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'fold_credits', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.fold_credits'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a collecting account with a pending cashback, and credits before and after it is due
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_FOLD', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_FOLD', 1000, 5000);
    PERFORM bank.create_account('fold.shop', 'TAP_FOLD', "timestamp" => 1000);
    PERFORM bank.create_account('fold.full', 'TAP_FOLD', "timestamp" => 1000);
    PERFORM bank.deposit('fold.shop', 1000, "timestamp" => 1000);
    PERFORM bank.pay('fold.shop', 100, "timestamp" => 3000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id LIKE 'fold.%';
    INSERT INTO ledger.collected_credits
        (account_id, transaction_id, "timestamp", operation, amount, contra_account_id,
            payment_ref, metadata)
    VALUES ('fold.shop', 2000000021, 9000, 'transfer', 1, 'fold.bob', NULL, NULL),
        ('fold.shop', 2000000023, 4000, 'pay', 2, 'fold.bob', 'payment7', '{"m": 1}'),
        ('fold.shop', 2000000022, 4000, 'transfer', 3, 'fold.bob', NULL, NULL),
        ('fold.shop', 2000000024, 2000, 'transfer', 4, 'fold.bob', NULL, NULL),
        ('fold.full', 2000000025, 2000, 'transfer', 9007199254740991, 'fold.bob', NULL, NULL),
        ('fold.full', 2000000026, 3000, 'transfer', 1, 'fold.bob', NULL, NULL);
END;
$given$;
CREATE FUNCTION pg_temp.fold(who text, most bigint DEFAULT NULL) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT to_jsonb(engine.fold_credits(engine.read_account(who), most))
$function$;
CREATE FUNCTION pg_temp.stored(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = who
$function$;
CREATE FUNCTION pg_temp.legs() RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(
        format('%s %s %s=%s %s', t.transaction_id - 2000000000, t."timestamp", t.amount,
            t.balance_after, nullif(t.details - 'folded_in', '{}')) ORDER BY t.version
    )
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'fold.shop' AND t.version > 3 AND t.operation <> 'cashback'
$function$;

-- Works
SELECT is(
    pg_temp.fold('fold.shop', 2), pg_temp.stored('fold.shop'), 'returns the account as stored'
);
SELECT is(
    pg_temp.legs(), ARRAY['24 3000 4=904 {"credited_at": 2000}', '22 4000 3=907 '],
    'at most max_count, oldest first; one that came late at the time of the newest leg'
);
SELECT is(
    (
        SELECT array_agg(c.transaction_id - 2000000000 ORDER BY c.transaction_id)
        FROM ledger.collected_credits AS c
        WHERE c.account_id = 'fold.shop'
    ), ARRAY[21, 23]::bigint[], 'the others stay'
);
SELECT is(pg_temp.fold('fold.shop'), pg_temp.stored('fold.shop'), 'then the rest');
SELECT is(
    pg_temp.legs(), ARRAY[
        '24 3000 4=904 {"credited_at": 2000}', '22 4000 3=907 ', '23 4000 2=909 ', '21 9000 1=920 '
    ], 'by time, then by transaction'
);
SELECT results_eq(
    $$
        SELECT t.version, t."timestamp", +t.amount, +t.balance_after
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'fold.shop' AND t.operation = 'cashback'
    $$,
    'VALUES (7::bigint, 8000::bigint, 10::bigint, 919::bigint)',
    'cashback that fell due in between stands in between'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY['hash', 'recorded_at'] #- '{details,folded_in}'
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'fold.shop' AND t.version = 6
    ),
    $${
        "account_id": "fold.shop", "version": 6, "transaction_id": 2000000023, "timestamp": 4000,
        "operation": "pay", "amount": 2, "balance_after": 909, "held_after": 0,
        "pending_cashback_after": 10, "contra_account_id": "fold.bob", "payment_ref": "payment7",
        "reverses": null, "metadata": {"m": 1}, "details": {}
    }$$::jsonb, 'a leg says all that the credit said'
);
SELECT is(
    array_agg(f.rank ORDER BY f.version), ARRAY[1, 1, 2, 2]::bigint[],
    'each fold draws one id under the lock and notes it'
) FROM (
    SELECT
        t.version, dense_rank() OVER (ORDER BY (t.details ->> 'folded_in')::bigint) AS rank
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'fold.shop' AND t.details ? 'folded_in'
) AS f;
SELECT is_empty(
    $$SELECT c.* FROM ledger.collected_credits AS c WHERE c.account_id = 'fold.shop'$$,
    'nothing is left'
);
SELECT is(
    pg_temp.fold('fold.shop'), pg_temp.stored('fold.shop'), 'with nothing collected nothing happens'
);
SELECT is(
    pg_temp.fold('fold.full') -> 'balance', '9007199254740991',
    'what would not fit'
);
SELECT is(
    (
        SELECT array_agg(c.transaction_id - 2000000000)
        FROM ledger.collected_credits AS c
        WHERE c.account_id = 'fold.full'
    ), ARRAY[26]::bigint[], 'stays collected'
);

SELECT * FROM finish();
ROLLBACK;
