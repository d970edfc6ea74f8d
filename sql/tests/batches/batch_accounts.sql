-- Tests of engine.batch_accounts.
BEGIN;
SELECT plan(21);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_accounts'::regproc),
    'body jsonb, OUT account_id text, OUT credited boolean',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_accounts'::regproc), 'SETOF record', 'what it returns'
);
SELECT volatility_is('engine', 'batch_accounts', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_accounts', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_accounts'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE TEMP TABLE made (hold_id text, payment_id text, transaction_id bigint);
DO $given$
DECLARE
    v_hold_id text;
    v_payment_id text;
    v_transaction_id bigint;
BEGIN
    PERFORM bank.create_account_at('accounts.' || n.name, "timestamp" => 1000)
    FROM unnest(ARRAY['zoe', 'bob', 'shop']) AS n (name);
    PERFORM bank.deposit_at('accounts.zoe', 100, "timestamp" => 1000);
    v_hold_id := (bank.hold('accounts.zoe', 5, target_account_id => 'accounts.bob')).hold_id;
    v_payment_id := (bank.pay('accounts.zoe', 5, 'accounts.shop')).payment_id;
    v_transaction_id := (bank.transfer('accounts.zoe', 'accounts.bob', 5)).transaction_id;
    INSERT INTO made (hold_id, payment_id, transaction_id)
    VALUES (v_hold_id, v_payment_id, v_transaction_id);
END;
$given$;
CREATE FUNCTION pg_temp.touched(body jsonb) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        coalesce(replace(a.account_id, 'accounts.', ''), '-')
        || CASE WHEN a.credited THEN '+' ELSE '' END, ' ' ORDER BY a.number
    )
    FROM engine.batch_accounts(body) WITH ORDINALITY AS a (account_id, credited, number)
    WHERE a.account_id IS NOT NULL
$function$;

-- Works
SELECT is(pg_temp.touched(b.body), b.touched, b.body::text) FROM (
    VALUES ('{"operation": "deposit", "account_id": "a"}'::jsonb, 'a'),
    ('{"operation": "withdraw", "account_id": "a"}', 'a'),
    ('{"operation": "pay", "account_id": "b", "merchant_account_id": "a"}', 'b a+'),
    ('{"operation": "transfer", "source_account_id": "b", "target_account_id": "a"}', 'b a+'),
    ('{"operation": "exchange", "source_account_id": "b", "target_account_id": "a"}', 'b a+'),
    ('{"operation": "hold", "account_id": "b", "target_account_id": "a"}', 'b'),
    ('{"operation": "release_hold", "hold_id": "hold0"}', NULL),
    ('{"operation": "release_hold"}', NULL),
    ('{"operation": "refund_payment", "payment_id": "payment900719925474099"}', NULL),
    ('{"operation": "reverse_transaction", "transaction_id": 0}', NULL),
    ('{"operation": "post", "postings": []}', NULL),
    ('{"operation": "post", "postings": [
        {"source_account_id": "b", "target_account_id": "a", "amount": 1},
        {"source_account_id": "@fees", "target_account_id": "b", "amount": 1}
    ]}', 'a b')
) AS b (body, touched);
SELECT is(
    pg_temp.touched(jsonb_build_object('operation', 'capture_hold', 'hold_id', m.hold_id)),
    'zoe bob+', 'of a hold, by its id'
) FROM made AS m;
SELECT is(
    pg_temp.touched(jsonb_build_object('operation', 'refund_hold', 'hold_id', m.hold_id)),
    'zoe bob', 'its target pays when it is refunded'
) FROM made AS m;
SELECT is(
    pg_temp.touched(jsonb_build_object('operation', 'refund_payment', 'payment_id', m.payment_id)),
    'zoe shop', 'of a payment: the merchant pays'
) FROM made AS m;
SELECT is(
    pg_temp.touched(jsonb_build_object(
        'operation', 'reverse_transaction', 'transaction_id', m.transaction_id
    )), 'bob zoe', 'of a transaction, in byte order'
) FROM made AS m;

SELECT * FROM finish();
ROLLBACK;
