-- Tests of bank.list_references.
BEGIN;
SELECT plan(25);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_references'::regproc),
    'transaction_id bigint, "limit" bigint DEFAULT 100, after bigint DEFAULT NULL::bigint, '
    || '"order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_references'::regproc), 'SETOF bank.reference', 'what it returns'
);
SELECT volatility_is('bank', 'list_references', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_references', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_references'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_references'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_references'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given a reversed transfer; a payment of which parts came back, with its cashback; a posting with
-- parts given back; a captured hold with a refund
SELECT count(bank.create_account_at('ref.' || a, "timestamp" => 1000))
FROM unnest('{a,b,shop,other}'::text[]) AS a;
SELECT count(bank.deposit_at('ref.a', 100000, "timestamp" => 1000)) FROM generate_series(1, 1);
CREATE TEMP TABLE done AS
SELECT t.transaction_id AS moved, r.transaction_id AS reversal, 0::bigint AS paid, 0::bigint AS posted,
    0::bigint AS captured
FROM bank.transfer_at('ref.a', 'ref.b', 2500, "timestamp" => 2000) AS t
CROSS JOIN LATERAL bank.reverse_transaction(t.transaction_id, 'a test', "timestamp" => 3000) AS r;
DO $given$
DECLARE
    v_payment bank.payment_receipt := bank.pay_at(
        'ref.a', 5000, merchant_account_id => 'ref.shop', "timestamp" => 4000
    );
    v_hold bank.hold_receipt;
    v_posted bigint;
BEGIN
    UPDATE done SET paid = v_payment.transaction_id;
    PERFORM bank.refund_payment_at(v_payment.payment_id, 1000, "timestamp" => 5000);
    PERFORM bank.refund_payment_at(v_payment.payment_id, 500, "timestamp" => 200000000);
    v_posted := (bank.post_at(
        '[{"source_account_id": "ref.a", "target_account_id": "ref.b", "amount": 9},
          {"source_account_id": "ref.a", "target_account_id": "@fees", "amount": 1}]',
        "timestamp" => 200000000
    )).transaction_id;
    UPDATE done SET posted = v_posted;
    PERFORM bank.post_at(
        '[{"source_account_id": "ref.b", "target_account_id": "ref.a", "amount": 1}]',
        refers_to => v_posted, "timestamp" => 200000000
    ) FROM generate_series(1, 5);
    PERFORM bank.post_at(
        '[{"source_account_id": "@fees", "target_account_id": "ref.a", "amount": 1}]',
        refers_to => v_posted, "timestamp" => 200000000
    );
END;
$given$;
CREATE FUNCTION pg_temp.ids(VARIADIC given text[]) RETURNS bigint[] LANGUAGE plpgsql AS $function$
DECLARE
    v_ids bigint[];
BEGIN
    EXECUTE format(
        'SELECT array_agg(r.transaction_id) FROM bank.list_references(%s%s) AS r',
        (SELECT d.posted FROM done AS d), given[1]
    ) INTO v_ids;
    RETURN v_ids;
END;
$function$;
CREATE TEMP TABLE parts AS
SELECT array_agg(DISTINCT t.transaction_id ORDER BY t.transaction_id) AS ids
FROM ledger.ledger_transactions AS t INNER JOIN done AS d ON t.refers_to = d.posted;

-- Works
SELECT is(
    to_jsonb(r), jsonb_build_object(
        'transaction_id', d.reversal, 'timestamp', 3000, 'operation', 'reversal',
        'account_id', 'ref.b', 'contra_account_id', 'ref.a', 'currency', 'EUR', 'amount', -2500,
        'legs', 2
    ), 'what reversed it, whole'
) FROM done AS d CROSS JOIN LATERAL bank.list_references(d.moved) AS r;
SELECT is(
    (SELECT v.reversed_by FROM ledger.reversals AS v WHERE v.transaction_id = d.moved),
    d.reversal, 'which is what the books have as its reversal'
) FROM done AS d;
SELECT is(
    (
        SELECT jsonb_agg(jsonb_build_array(r.operation, abs(r.amount), r.legs) ORDER BY r.transaction_id)
        FROM bank.list_references(d.paid) AS r
    ), '[["refund", 1000, 2], ["refund", 500, 3]]'::jsonb,
    'refunds of a payment; the second took cashback back with it'
) FROM done AS d;
SELECT is_empty(
    format('SELECT bank.list_references(%s)', d.reversal), 'nothing refers to most of them'
) FROM done AS d;
SELECT is(cardinality(p.ids), 6, 'of the posting six parts came back') FROM parts AS p;
SELECT is(pg_temp.ids(''), p.ids, 'all, in their order') FROM parts AS p;
SELECT is(pg_temp.ids(', NULL'), p.ids, 'without a limit') FROM parts AS p;
SELECT is(pg_temp.ids(', 1'), p.ids[1:1], 'a page of 1') FROM parts AS p;
SELECT is(pg_temp.ids(', 2, ' || p.ids[2]), p.ids[3:4], 'a page goes on') FROM parts AS p;
SELECT is(pg_temp.ids(', 1000, ' || p.ids[6]), NULL, 'nothing follows the last') FROM parts AS p;
SELECT is(
    pg_temp.ids(', 2, NULL, ''desc'''), ARRAY[p.ids[6], p.ids[5]], 'from the end'
) FROM parts AS p;
SELECT is(
    pg_temp.ids(format(', 2, %s, ''desc''', p.ids[2])), p.ids[1:1], 'to the beginning'
) FROM parts AS p;
SET LOCAL pgteller.accounts = '{ref.b}';
SELECT is(pg_temp.ids(''), p.ids[1:5], 'who is for one account sees what is about it')
FROM parts AS p;
SELECT results_eq(
    format('SELECT r.account_id, r.legs FROM bank.list_references(%s) AS r', d.moved),
    $$VALUES ('ref.b', 1::bigint)$$, 'and its entries alone'
) FROM done AS d;
SET LOCAL pgteller.accounts = '{ref.other}';
SELECT throws_ok(
    format('SELECT bank.list_references(%s)', d.moved), 'TL103', 'transaction_not_found',
    'others'' are not there'
) FROM done AS d;
RESET pgteller.accounts;

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_references(1, %s)', a.given), 'TL007', 'invalid_argument', a.what
) FROM (
    VALUES ('0', 'a limit that is none'), ('1, NULL, ''x''', 'an order that is none')
) AS a (given, what);
SELECT throws_ok(
    $$SELECT bank.list_references(9007199254740991)$$, 'TL103', 'transaction_not_found',
    'a transaction that there is not'
);

SELECT * FROM finish();
ROLLBACK;
