-- Tests of engine.settle_skipping.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.settle_skipping'::regproc),
    'account_id text, "timestamp" bigint, "limit" bigint, counted text, OUT settled bigint, '
    || 'OUT amount numeric',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.settle_skipping'::regproc), 'record', 'what it returns'
);
SELECT volatility_is('engine', 'settle_skipping', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'settle_skipping', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.settle_skipping'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a cashback and two holds, due in the order hold, cashback, hold
DO $given$
BEGIN
    PERFORM bank.create_account_at('skipping.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('skipping.alice', 1000, "timestamp" => 1000);
    PERFORM bank.hold_at('skipping.alice', 5, expires_at => 80000000, "timestamp" => 1000);
    PERFORM bank.pay_at('skipping.alice', 100, "timestamp" => 1000);
    PERFORM bank.hold_at('skipping.alice', 7, expires_at => 90000000, "timestamp" => 1000);
END;
$given$;
PREPARE settle (bigint, bigint, text) AS
SELECT s.settled, s.amount::bigint
FROM engine.settle_skipping('skipping.alice', $1, $2, $3) AS s;
PREPARE legs AS
SELECT t.operation COLLATE "default", t."timestamp"
FROM ledger.ledger_transactions AS t
WHERE t.account_id = 'skipping.alice' AND t.version > 5
ORDER BY t.version;

-- Works
SELECT results_eq(
    $$EXECUTE settle(79999999, 9, 'expire_hold')$$, 'VALUES (0::bigint, 0::bigint)',
    'nothing before anything is due'
);
SELECT results_eq(
    $$EXECUTE settle(99999999, 2, 'cashback')$$, 'VALUES (1::bigint, 2::bigint)',
    'how many of what is counted, and their amount'
);
SELECT results_eq(
    'EXECUTE legs', $$VALUES ('expire_hold', 80000000::bigint), ('cashback', 86401000)$$,
    'at most limit of whatever is due, the oldest first'
);
SELECT results_eq(
    $$EXECUTE settle(99999999, 1, 'expire_hold')$$, 'VALUES (1::bigint, 7::bigint)',
    'a hold, and what it still reserved'
);
SELECT results_eq(
    $$EXECUTE settle(99999999, 1, 'expire_hold')$$, 'VALUES (0::bigint, 0::bigint)',
    'none of it twice'
);
SELECT results_eq(
    $$
        SELECT s.settled, s.amount::bigint
        FROM engine.settle_skipping('skipping.nobody', 1, 1, 'cashback') AS s
    $$,
    'VALUES (NULL::bigint, NULL::bigint)', 'an account that is not to be had is another matter'
);
DO $given$
BEGIN
    PERFORM bank.create_account_at('skipping.bob', "timestamp" => 1000);
    PERFORM bank.deposit_at('skipping.bob', 1000, "timestamp" => 1000);
    PERFORM bank.set_collecting('skipping.alice', true, "timestamp" => 99999999);
    PERFORM bank.transfer_at('skipping.bob', 'skipping.alice', 11, "timestamp" => 100000001);
    PERFORM bank.transfer_at('skipping.bob', 'skipping.alice', 13, "timestamp" => 100000002);
END;
$given$;
SELECT results_eq(
    $$EXECUTE settle(100000009, 9, 'collected')$$, 'VALUES (2::bigint, 24::bigint)',
    'what was collected, whatever its operation'
);

SELECT * FROM finish();
ROLLBACK;
