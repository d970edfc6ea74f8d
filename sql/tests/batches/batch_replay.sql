-- Tests of engine.batch_replay.
BEGIN;
SELECT plan(28);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_replay'::regproc),
    'body jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_replay'::regproc), 'json', 'what it returns'
);
SELECT volatility_is('engine', 'batch_replay', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_replay', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_replay'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an item of each operation, and what its function answered under the key
CREATE TEMP TABLE single (body jsonb, transaction_id bigint);
DO $given$
DECLARE
    v_transaction_id bigint;
    v_hold_id text;
    v_payment_id text;
BEGIN
    PERFORM bank.create_account_at(n.id, n.currency, "timestamp" => 1000)
    FROM (
        VALUES ('replay.alice', 'EUR'), ('replay.bob', 'EUR'), ('replay.usd', 'USD')
    ) AS n (id, currency);
    v_transaction_id := (bank.deposit_at(
        'replay.alice', 1000, 1500, 2000, '{"b": 1, "a": "é"}', 'k1'
    )).transaction_id;
    v_hold_id := (bank.hold('replay.alice', 5)).hold_id;
    v_payment_id := (bank.pay('replay.alice', 5)).payment_id;
    INSERT INTO single (body, transaction_id) VALUES ('{
        "operation": "deposit", "account_id": "replay.alice", "amount": 1000, "value_at": 1500,
        "timestamp": 2000, "metadata": {"a": "é", "b": 1}, "idempotency_key": "k1"
    }', v_transaction_id), (
        '{"operation": "withdraw", "account_id": "replay.alice", "amount": 1,
            "idempotency_key": "k2"}',
        (bank.withdraw('replay.alice', 1, idempotency_key => 'k2')).transaction_id
    ), (
        '{"operation": "transfer", "source_account_id": "replay.alice",
            "target_account_id": "replay.bob", "amount": 1, "idempotency_key": "k3"}',
        (bank.transfer('replay.alice', 'replay.bob', 1, idempotency_key => 'k3')).transaction_id
    ), (
        '{"operation": "pay", "account_id": "replay.alice", "amount": 1, "fee": null,
            "idempotency_key": "k4"}',
        (bank.pay('replay.alice', 1, idempotency_key => 'k4')).transaction_id
    ), (
        '{"operation": "pay", "account_id": "replay.alice", "merchant_account_id": "replay.bob",
            "amount": 1, "fee": 2, "idempotency_key": "k5"}',
        (bank.pay('replay.alice', 1, 'replay.bob', 2, idempotency_key => 'k5')).transaction_id
    ), (
        '{"operation": "hold", "account_id": "replay.alice", "amount": 1,
            "target_account_id": "replay.bob", "expires_at": 9007199254740991,
            "idempotency_key": "k6"}',
        (bank.hold(
            'replay.alice', 1, 9007199254740991, 'replay.bob', idempotency_key => 'k6'
        )).transaction_id
    ), (
        jsonb_build_object('operation', 'capture_hold', 'hold_id', v_hold_id, 'amount', 1,
            'final', false, 'idempotency_key', 'k7'),
        (bank.capture_hold(v_hold_id, 1, false, idempotency_key => 'k7')).transaction_id
    ), (
        jsonb_build_object('operation', 'capture_hold', 'hold_id', v_hold_id, 'amount', 1,
            'idempotency_key', 'k8'),
        (bank.capture_hold(v_hold_id, 1, idempotency_key => 'k8')).transaction_id
    ), (
        jsonb_build_object('operation', 'refund_payment', 'payment_id', v_payment_id,
            'idempotency_key', 'k9'),
        (bank.refund_payment(v_payment_id, idempotency_key => 'k9')).transaction_id
    ), (
        '{"operation": "post", "idempotency_key": "k10", "postings": [
            {"source_account_id": "@fees", "target_account_id": "replay.bob", "amount": 1}
        ]}',
        (bank.post(
            '[{"amount":1,"source_account_id":"@fees","target_account_id":"replay.bob"}]',
            idempotency_key => 'k10'
        )).transaction_id
    ), (
        '{"operation": "exchange", "source_account_id": "replay.alice",
            "target_account_id": "replay.usd", "amount": 1, "target_amount": 2,
            "idempotency_key": "k11"}',
        (bank.exchange('replay.alice', 'replay.usd', 1, 2, idempotency_key => 'k11')).transaction_id
    );
    v_hold_id := (bank.hold('replay.alice', 5)).hold_id;
    INSERT INTO single (body, transaction_id) VALUES (
        jsonb_build_object('operation', 'release_hold', 'hold_id', v_hold_id,
            'idempotency_key', 'k12'),
        (bank.release_hold(v_hold_id, idempotency_key => 'k12')).transaction_id
    ), (
        jsonb_build_object('operation', 'reverse_transaction', 'transaction_id', v_transaction_id,
            'reason', 'why', 'force', true, 'idempotency_key', 'k13'),
        (bank.reverse_transaction(
            v_transaction_id, 'why', true, idempotency_key => 'k13'
        )).transaction_id
    );
END;
$given$;

-- Works
SELECT is(
    (engine.batch_replay(s.body) ->> 'transaction_id')::bigint, s.transaction_id,
    'the request of ' || s.body::text
) FROM single AS s;
SELECT is(
    engine.batch_replay(s.body || c.change)::text, NULL,
    'another request: ' || (s.body || c.change)::text
) FROM single AS s
CROSS JOIN (
    VALUES ('{"idempotency_key": "K1"}'::jsonb), ('{"account_id": "replay.bob"}'),
    ('{"amount": 6}'),
    ('{"timestamp": null}'), ('{"value_at": null}'), ('{"metadata": {}}'),
    ('{"operation": "withdraw"}')
) AS c (change)
WHERE s.body ->> 'idempotency_key' = 'k1';
SELECT is(engine.batch_replay(b.body)::text, NULL, 'of nobody: ' || b.body::text) FROM (
    VALUES ('{"operation": "deposit", "account_id": "nobody", "idempotency_key": "k1"}'::jsonb),
    ('{"operation": "deposit", "idempotency_key": "k1"}'),
    ('{"operation": "capture_hold", "hold_id": "hold0", "idempotency_key": "k1"}')
) AS b (body);

SELECT * FROM finish();
ROLLBACK;
