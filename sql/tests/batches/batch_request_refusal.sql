-- Tests of engine.batch_request_refusal.
BEGIN;
SELECT plan(100);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_request_refusal'::regproc),
    'item engine.batch_item, payer ledger.accounts, payee ledger.accounts',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_request_refusal'::regproc), 'engine.refusal',
    'what it returns'
);
SELECT volatility_is('engine', 'batch_request_refusal', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'batch_request_refusal', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_request_refusal'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('brr.alice', "timestamp" => 1000);
    PERFORM bank.create_account('brr.bob', "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.refusal(item jsonb) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT jsonb_strip_nulls(to_jsonb(r))
    FROM engine.batch_items(jsonb_build_array(item), false) AS i
    LEFT JOIN ledger.accounts AS a ON a.account_id = i.payer
    LEFT JOIN ledger.accounts AS b ON b.account_id = i.payee
    CROSS JOIN LATERAL engine.batch_request_refusal(i, a, b) AS r
$function$;
CREATE FUNCTION pg_temp.single(item jsonb) RETURNS jsonb LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    PERFORM engine.batch_item(i) FROM engine.batch_items(jsonb_build_array(item), false) AS i;
    RETURN '{}';
EXCEPTION
    WHEN SQLSTATE 'TL000' THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN jsonb_strip_nulls(jsonb_build_object('name', sqlerrm, 'detail', v_detail::jsonb));
END;
$function$;
CREATE TEMP TABLE item (body jsonb, name text);
INSERT INTO item VALUES
('{"operation": "deposit", "amount": null}', 'invalid_amount'),
('{"operation": "deposit", "amount": 0, "metadata": []}', 'invalid_amount'),
('{"operation": "deposit", "amount": 9007199254740992}', 'invalid_amount'),
('{"operation": "deposit", "amount": 1, "metadata": []}', 'invalid_metadata'),
(
    jsonb_build_object(
        'operation', 'deposit', 'amount', 1, 'metadata', jsonb_build_object('a', repeat('x', 16384))
    ), 'invalid_metadata'
),
('{"operation": "pay", "amount": 1, "fee": -1, "idempotency_key": ""}', 'invalid_idempotency_key'),
(
    jsonb_build_object('operation', 'deposit', 'amount', 1, 'idempotency_key', repeat('k', 256)),
    'invalid_idempotency_key'
),
('{"operation": "pay", "account_id": "a", "merchant_account_id": "a", "amount": 1, "fee": -1}',
    'invalid_argument'),
('{"operation": "pay", "amount": 9007199254740991, "fee": 1}', 'invalid_argument'),
('{"operation": "pay", "account_id": "a", "merchant_account_id": "a", "amount": 1}',
    'same_account'),
('{"operation": "transfer", "source_account_id": "a", "target_account_id": "a", "amount": 1}',
    'same_account'),
('{"operation": "deposit", "amount": 1}', 'account_not_found'),
('{"operation": "deposit", "account_id": "brr.no", "amount": 1}', 'account_not_found'),
('{"operation": "withdraw", "account_id": "@external", "amount": 1}', 'account_not_found'),
('{"operation": "withdraw", "amount": 1}', 'account_not_found'),
('{"operation": "pay", "amount": 1}', 'account_not_found'),
('{"operation": "transfer", "amount": 1}', 'account_not_found');
INSERT INTO item
SELECT jsonb_build_object(
    'operation', 'transfer', 'amount', 1, 'source_account_id', a, 'target_account_id', b
), 'account_not_found'
FROM unnest(ARRAY['brr.alice', 'brr.no', 'brr.No', NULL]) AS a
CROSS JOIN unnest(ARRAY['brr.bob', 'brr.nobody', 'brr.aaa', NULL]) AS b
WHERE (a, b) IS DISTINCT FROM ('brr.alice', 'brr.bob');
INSERT INTO item
SELECT jsonb_build_object(
    'operation', 'pay', 'amount', 1, 'account_id', a, 'merchant_account_id', b
), 'account_not_found'
FROM unnest(ARRAY['brr.alice', 'brr.no', 'brr.No', NULL]) AS a
CROSS JOIN unnest(ARRAY['brr.bob', 'brr.nobody', 'brr.aaa', NULL]) AS b
WHERE a IS DISTINCT FROM 'brr.alice' OR b IN ('brr.nobody', 'brr.aaa');

-- Works
SELECT is(
    pg_temp.refusal(i.body), '{}'::jsonb, 'nothing is wrong with ' || i.body::text
) FROM (
    VALUES (
        '{"operation": "deposit", "account_id": "brr.alice", "amount": 9007199254740991}'::jsonb
    ),
    ('{"operation": "withdraw", "account_id": "brr.alice", "amount": 5, "timestamp": -5}'),
    ('{"operation": "pay", "account_id": "brr.alice", "amount": 9007199254740990, "fee": 1}')
) AS i (body);

-- Refuses what the single function refuses, in the same words
SELECT is(
    pg_temp.refusal(i.body) ->> 'name', i.name, left(i.body::text, 100)
) FROM item AS i;
SELECT is(
    pg_temp.refusal(i.body), pg_temp.single(i.body), 'as alone: ' || left(i.body::text, 100)
) FROM item AS i;

SELECT * FROM finish();
ROLLBACK;
