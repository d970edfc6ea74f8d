-- Tests of engine.refund_legs.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refund_legs'::regproc),
    'hold ledger.holds, payer text, amount bigint, transaction_id bigint, "timestamp" bigint, '
    || 'value_at bigint, metadata jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refund_legs'::regproc), 'engine.draft[]', 'what it returns'
);
SELECT volatility_is('engine', 'refund_legs', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refund_legs', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refund_legs'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a hold that was captured thrice: of the first a part was given back, by a refund and by
-- another that was reversed; the second was reversed
DO $given$
BEGIN
    PERFORM bank.create_account_at('refund_legs.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'shop']) AS n;
    PERFORM bank.deposit_at('refund_legs.alice', 1000, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE placed AS
SELECT h.hold_id, substr(h.hold_id, 5)::bigint AS number
FROM bank.hold_at('refund_legs.alice', 100, NULL, 'refund_legs.shop', "timestamp" => 1000) AS h;
CREATE FUNCTION pg_temp.capture(amount bigint) RETURNS bigint LANGUAGE sql AS $function$
    SELECT (bank.capture_hold_at(p.hold_id, amount, false, "timestamp" => 1000)).transaction_id
    FROM placed AS p
$function$;
CREATE FUNCTION pg_temp.undo(transaction_id bigint) RETURNS void LANGUAGE sql AS $function$
    SELECT bank.reverse_transaction(transaction_id, 'slip', "timestamp" => 1000)
$function$;
CREATE FUNCTION pg_temp.hold() RETURNS ledger.holds LANGUAGE sql AS $function$
    SELECT h FROM ledger.holds AS h INNER JOIN placed AS p ON p.number = h.hold_number
$function$;

-- Works
CREATE TEMP TABLE made AS SELECT 1 AS number, pg_temp.capture(30) AS id;
INSERT INTO made VALUES (2, pg_temp.capture(20));
INSERT INTO made VALUES (3, pg_temp.capture(10));
DO $given$
BEGIN
    PERFORM bank.refund_hold_at(p.hold_id, 12, "timestamp" => 1000) FROM placed AS p;
    PERFORM pg_temp.undo(m.id) FROM made AS m WHERE m.number = 2;
END;
$given$;
CREATE FUNCTION pg_temp.legs(payer text, amount bigint) RETURNS SETOF text
LANGUAGE sql AS $function$
    SELECT concat_ws(
        ' ', d.leg, d.account_id, d.amount, d.contra_account_id, m.number, d.details IS NOT NULL
    )
    FROM unnest(
        engine.refund_legs(pg_temp.hold(), payer, amount, 7, 2000, NULL, '{"a": 1}')
    ) WITH ORDINALITY AS d (
        account_id, transaction_id, leg, "timestamp", value_at, operation, amount, held,
        pending_cashback, due_at, contra_account_id, payment_ref, refers_to, folded_in, actor,
        on_behalf_of, metadata, posting_metadata, details, key_hash, number
    )
    INNER JOIN made AS m ON m.id = d.refers_to
    ORDER BY d.number
$function$;
SELECT results_eq(
    $$SELECT pg_temp.legs('refund_legs.shop', 5)$$,
    $$VALUES ('1 refund_legs.shop -5 refund_legs.alice 1 f'),
    ('2 refund_legs.alice 5 refund_legs.shop 1 t')$$,
    'of the first capture, while something of it is left'
);
SELECT results_eq(
    $$SELECT pg_temp.legs('refund_legs.shop', 28)$$,
    $$VALUES ('1 refund_legs.shop -18 refund_legs.alice 1 f'),
    ('2 refund_legs.alice 18 refund_legs.shop 1 t'),
    ('3 refund_legs.shop -10 refund_legs.alice 3 f'),
    ('4 refund_legs.alice 10 refund_legs.shop 3 t')$$,
    'then of the next of which anything is left'
);
SELECT results_eq(
    $$SELECT pg_temp.legs('@payments', 19)$$,
    $$VALUES ('1 refund_legs.alice 18 @payments 1 t'), ('2 refund_legs.alice 1 @payments 3 t')$$,
    'from the house, one leg of each'
);
SELECT is(
    (
        SELECT to_jsonb(d) - ARRAY['details', 'refers_to']
        FROM unnest(
            engine.refund_legs(pg_temp.hold(), '@payments', 1, 7, 2000, 500, '{"a": 1}')
        ) AS d
    ),
    $${
        "account_id": "refund_legs.alice", "transaction_id": 7, "leg": 1, "timestamp": 2000,
        "value_at": 500, "operation": "refund_hold", "amount": 1, "held": 0,
        "pending_cashback": 0, "due_at": null, "contra_account_id": "@payments",
        "payment_ref": null, "folded_in": null, "actor": null, "on_behalf_of": null,
        "metadata": {"a": 1}, "posting_metadata": null, "key_hash": null
    }$$, 'all of a draft'
);

SELECT * FROM finish();
ROLLBACK;
