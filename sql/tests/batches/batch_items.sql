-- Tests of engine.batch_items.
BEGIN;
SELECT plan(31);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_items'::regproc),
    'operations jsonb, atomic boolean',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_items'::regproc), 'SETOF engine.batch_item', 'what it returns'
);
SELECT volatility_is('engine', 'batch_items', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_items', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_items'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE FUNCTION pg_temp.items(operations jsonb, atomic boolean DEFAULT false) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT jsonb_agg(jsonb_strip_nulls(to_jsonb(i)) ORDER BY i.item)
    FROM engine.batch_items(operations, atomic) AS i
$function$;
CREATE FUNCTION pg_temp.chains(linked boolean[], atomic boolean DEFAULT false) RETURNS bigint[]
LANGUAGE sql AS $function$
    SELECT array_agg(i.chain ORDER BY i.item) FROM engine.batch_items((
        SELECT jsonb_agg(jsonb_build_object('operation', 'deposit', 'linked', l))
        FROM unnest(linked) AS l
    ), atomic) AS i
$function$;

-- Works
SELECT is(
    pg_temp.items('[
        {"operation": "deposit", "account_id": "a", "amount": 1},
        {"operation": "withdraw", "account_id": "a", "amount": 2, "timestamp": 5},
        {"operation": "transfer", "source_account_id": "a", "target_account_id": "b", "amount": 3},
        {"operation": "pay", "account_id": "a", "amount": 4},
        {"operation": "pay", "account_id": "a", "merchant_account_id": "m", "amount": 5, "fee": 6}
    ]'),
    '[
        {"item": 1, "chain": 1, "operation": "deposit", "payee": "a", "amount": 1, "fee": 0},
        {"item": 2, "chain": 2, "operation": "withdraw", "payer": "a", "amount": 2, "fee": 0,
            "timestamp": 5},
        {"item": 3, "chain": 3, "operation": "transfer", "payer": "a", "payee": "b", "amount": 3,
            "fee": 0},
        {"item": 4, "chain": 4, "operation": "pay", "payer": "a", "amount": 4, "fee": 0},
        {"item": 5, "chain": 5, "operation": "pay", "payer": "a", "payee": "m", "amount": 5,
            "fee": 6}
    ]'::jsonb, 'who pays whom, by operation'
);
SELECT is(
    pg_temp.items('[{"operation": "pay", "fee": null, "metadata": null, "linked": null}]'),
    '[{"item": 1, "chain": 1, "operation": "pay", "fee": 0}]', 'null is the same as left out'
);
SELECT is(
    pg_temp.items('[{"operation": "deposit", "metadata": []}]') -> 0 -> 'metadata', '[]',
    'metadata is judged later'
);
SELECT is(
    pg_temp.chains(l.linked), l.chains, 'chains of ' || l.linked::text
) FROM (
    VALUES ('{f,f,f}'::boolean[], '{1,2,3}'::bigint[]), ('{t,f,f}', '{1,1,2}'),
    ('{f,t,t,f}', '{1,2,2,2}'), ('{t,f,t,f}', '{1,1,2,2}')
) AS l (linked, chains);
SELECT is(
    pg_temp.chains('{f,t,f}', true), '{1,1,1}'::bigint[], 'an atomic batch is one chain'
);
SELECT is(
    pg_temp.chains('{f,f}', NULL), '{1,2}'::bigint[], 'NULL is not atomic'
);

-- Works: the request of a key is that of the single function
DO $given$
BEGIN
    PERFORM bank.create_account('items.alice', "timestamp" => 1000);
    PERFORM bank.create_account('items.bob', "timestamp" => 1000);
    PERFORM bank.deposit('items.alice', 100, 2000, '{"b": 1, "a": "é"}', 'k1');
    PERFORM bank.withdraw('items.alice', 1, idempotency_key => 'k2');
    PERFORM bank.transfer('items.alice', 'items.bob', 1, idempotency_key => 'k3');
    PERFORM bank.pay('items.alice', 1, idempotency_key => 'k4');
    PERFORM bank.pay('items.alice', 1, 'items.bob', 2, idempotency_key => 'k5');
END;
$given$;
SELECT is(
    sha256(convert_to(i.request, 'UTF8')), k.request_hash, 'of ' || i.operation || ' ' || i.item
) FROM engine.batch_items('[
    {"operation": "deposit", "account_id": "items.alice", "amount": 100, "timestamp": 2000,
        "metadata": {"a": "é", "b": 1}, "idempotency_key": "k1"},
    {"operation": "withdraw", "account_id": "items.alice", "amount": 1, "idempotency_key": "k2"},
    {"operation": "transfer", "source_account_id": "items.alice", "target_account_id": "items.bob",
        "amount": 1, "idempotency_key": "k3"},
    {"operation": "pay", "account_id": "items.alice", "amount": 1, "idempotency_key": "k4"},
    {"operation": "pay", "account_id": "items.alice", "merchant_account_id": "items.bob",
        "amount": 1, "fee": 2, "idempotency_key": "k5"}
]', false) AS i
INNER JOIN ledger.idempotency_keys AS k
    ON k.account_id = 'items.alice' AND k.idempotency_key = i.idempotency_key
ORDER BY i.item;

-- Refuses
SELECT throws_ok(
    format('SELECT engine.batch_items(%L, false)', b.operations), 'TL041', 'invalid_batch',
    'refuses ' || coalesce(b.operations, 'NULL')
) FROM unnest(ARRAY[
    NULL, 'null', '{}', '"a"', '[]', '[1]', '[{"operation": "deposit", "amount": "1"}]',
    '[{"operation": "deposit", "amount": 1.5}]', '[{"operation": "deposit", "amount": 1e30}]',
    '[{"operation": "deposit", "linked": true}]'
]) AS b (operations);
SELECT throws_ok(
    $$
        SELECT engine.batch_items(jsonb_agg('{"operation": "deposit"}'::jsonb), false)
        FROM generate_series(1, 10001)
    $$, 'TL041', 'invalid_batch', 'refuses 10001 items'
);
SELECT lives_ok(
    $$
        SELECT engine.batch_items(jsonb_agg('{"operation": "deposit"}'::jsonb), false)
        FROM generate_series(1, 10000)
    $$, 'takes 10000'
);

SELECT * FROM finish();
ROLLBACK;
