-- Tests of engine.batch_state_refusal.
BEGIN;
SELECT plan(48);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_state_refusal'::regproc),
    'item engine.batch_item, payer ledger.accounts, payee ledger.accounts',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_state_refusal'::regproc), 'engine.refusal', 'what it returns'
);
SELECT volatility_is('engine', 'batch_state_refusal', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'batch_state_refusal', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_state_refusal'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given accounts in every state
DO $given$
BEGIN
    PERFORM bank.create_account('bsr.alice', overdraft_limit => 10, "timestamp" => 1000);
    PERFORM bank.create_account('bsr.yen', 'JPY', "timestamp" => 1000);
    PERFORM bank.create_account('bsr.full', "timestamp" => 1000);
    PERFORM bank.create_account('bsr.frozen', "timestamp" => 1000);
    PERFORM bank.create_account('bsr.blocked', "timestamp" => 1000);
    PERFORM bank.create_account('bsr.closed', "timestamp" => 1000);
    PERFORM bank.deposit('bsr.alice', 90, 1000), bank.deposit('bsr.yen', 1, 1000);
    PERFORM bank.deposit('bsr.full', 9007199254740990, 1000);
    UPDATE ledger.accounts AS a SET status = split_part(a.account_id, '.', 2)
    WHERE a.account_id IN ('bsr.frozen', 'bsr.blocked', 'bsr.closed');
END;
$given$;
CREATE FUNCTION pg_temp.refusal(item jsonb) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT jsonb_strip_nulls(to_jsonb(r))
    FROM engine.batch_items(jsonb_build_array(item), false) AS i
    LEFT JOIN ledger.accounts AS a ON a.account_id = i.payer
    LEFT JOIN ledger.accounts AS b ON b.account_id = i.payee
    CROSS JOIN LATERAL engine.batch_state_refusal(i, a, b) AS r
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
('{"operation": "withdraw", "account_id": "bsr.alice", "amount": 101}', 'insufficient_funds'),
('{"operation": "pay", "account_id": "bsr.alice", "amount": 90, "fee": 11}', 'insufficient_funds'),
('{"operation": "withdraw", "account_id": "bsr.frozen", "amount": 1}', 'account_frozen'),
('{"operation": "pay", "account_id": "bsr.blocked", "amount": 1}', 'account_blocked'),
('{"operation": "withdraw", "account_id": "bsr.closed", "amount": 1}', 'account_closed'),
('{"operation": "deposit", "account_id": "bsr.blocked", "amount": 1}', 'account_blocked'),
('{"operation": "deposit", "account_id": "bsr.closed", "amount": 1}', 'account_closed'),
('{"operation": "deposit", "account_id": "bsr.full", "amount": 2}', 'balance_limit_exceeded'),
('{"operation": "deposit", "account_id": "bsr.alice", "amount": 9007199254740892}',
    'balance_limit_exceeded');
INSERT INTO item
SELECT jsonb_build_object(
    'operation', o.operation, 'amount', 101, o.source, 'bsr.' || o.a, o.target, 'bsr.' || o.b
), o.name
FROM (
    VALUES ('transfer', 'source_account_id', 'target_account_id'),
    ('pay', 'account_id', 'merchant_account_id')
) AS x (operation, source, target)
CROSS JOIN LATERAL (
    VALUES (x.operation, x.source, x.target, 'frozen', 'yen', 'currency_mismatch'),
    (x.operation, x.source, x.target, 'frozen', 'blocked', 'account_frozen'),
    (x.operation, x.source, x.target, 'alice', 'blocked', 'insufficient_funds'),
    (x.operation, x.source, x.target, 'full', 'blocked', 'account_blocked'),
    (x.operation, x.source, x.target, 'full', 'closed', 'account_closed')
) AS o (operation, source, target, a, b, name);

-- Works
SELECT is(
    pg_temp.refusal(i.body), '{}'::jsonb, 'nothing is wrong with ' || i.body::text
) FROM (
    VALUES ('{"operation": "withdraw", "account_id": "bsr.alice", "amount": 100}'::jsonb),
    ('{"operation": "pay", "account_id": "bsr.alice", "amount": 90, "fee": 10}'),
    ('{"operation": "deposit", "account_id": "bsr.alice", "amount": 9007199254740891}'),
    ('{"operation": "deposit", "account_id": "bsr.frozen", "amount": 1}'),
    ('{"operation": "deposit", "account_id": "bsr.full", "amount": 1}')
) AS i (body);

-- Refuses what the single function refuses, in the same words
SELECT is(
    pg_temp.refusal(i.body) ->> 'name', i.name, i.body::text
) FROM item AS i;
SELECT is(
    pg_temp.refusal(i.body), pg_temp.single(i.body), 'as alone: ' || i.body::text
) FROM item AS i;

SELECT * FROM finish();
ROLLBACK;
