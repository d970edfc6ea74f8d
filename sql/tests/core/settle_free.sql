-- Tests of engine.settle_free.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.settle_free'::regproc),
    'account_ids text[], "timestamp" bigint, "limit" bigint, counted text, OUT settled bigint, '
    || 'OUT amount numeric',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.settle_free'::regproc), 'record', 'what it returns');
SELECT volatility_is('engine', 'settle_free', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'settle_free', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.settle_free'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two cashbacks on one account and one on another, due at 86401000
DO $given$
BEGIN
    PERFORM bank.create_account_at(n, "timestamp" => 1000) FROM unnest(ARRAY['sf.a', 'sf.b']) AS n;
    PERFORM bank.deposit_at(n, 1000, "timestamp" => 1000) FROM unnest(ARRAY['sf.a', 'sf.b']) AS n;
    PERFORM bank.pay_at(n, 100, "timestamp" => 1000) FROM unnest(ARRAY['sf.b', 'sf.b', 'sf.a']) AS n;
END;
$given$;
PREPARE settle (text[], bigint, bigint) AS
SELECT s.settled, s.amount::bigint FROM engine.settle_free($1, $2, $3, 'cashback') AS s;

-- Works; that it skips what others hold is tested by several sessions in tests/
SELECT results_eq(
    $$EXECUTE settle('{sf.b,sf.a}', 86400999, 9)$$, 'VALUES (0::bigint, 0::bigint)',
    'nothing before anything is due'
);
SELECT results_eq(
    $$EXECUTE settle('{sf.b,sf.a}', 86401000, 1)$$, 'VALUES (1::bigint, 2::bigint)',
    'at most limit'
);
SELECT is(
    (SELECT array_agg(c.account_id ORDER BY c.account_id) FROM engine.cashbacks AS c
    WHERE c.account_id LIKE 'sf.%' AND c.status = 'pending'),
    '{sf.a,sf.b}', 'of the account that comes first'
);
SELECT results_eq(
    $$EXECUTE settle('{sf.b,sf.a}', 86401000, 9)$$, 'VALUES (2::bigint, 4::bigint)',
    'of all accounts together'
);
SELECT results_eq(
    $$EXECUTE settle('{}', 86401000, 9)$$, 'VALUES (0::bigint, 0::bigint)', 'of none, nothing'
);

SELECT * FROM finish();
ROLLBACK;
