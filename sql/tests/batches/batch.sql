-- Tests of bank.batch.
BEGIN;
SELECT plan(51);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.batch'::regproc),
    'operations json, atomic boolean DEFAULT false, dry_run boolean DEFAULT false, '
    || 'idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.batch'::regproc), 'SETOF bank.batch_result', 'what it returns'
);
SELECT volatility_is('bank', 'batch', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'batch', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.batch'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.batch'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.batch'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_currency('TAP_BATCH', 2);
    PERFORM bank.set_cashback_policy('TAP_BATCH', 1000, 5000);
    PERFORM bank.create_account_at('batch.' || n.name, 'TAP_BATCH', "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop', 'due', 'dated']) AS n (name);
    PERFORM bank.deposit_at(n.id, 100, "timestamp" => 1000)
    FROM unnest(ARRAY['batch.alice', 'batch.due']) AS n (id);
    PERFORM bank.pay_at('batch.due', 100, "timestamp" => 1000);
    PERFORM bank.set_collecting('batch.shop', true, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.run(
    operations json, atomic boolean DEFAULT false, dry_run boolean DEFAULT false,
    idempotency_key text DEFAULT NULL
) RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(
        concat_ws(' ', r.item, r.status, r.account_id, r.balance, r.code) ORDER BY r.ordinality
    )
    FROM bank.batch_at(
        operations, atomic, dry_run, idempotency_key => idempotency_key
    ) WITH ORDINALITY AS r
$function$;
CREATE FUNCTION pg_temp.state() RETURNS jsonb LANGUAGE sql AS $function$
    SELECT jsonb_agg(s.line ORDER BY s.line) FROM (
        SELECT to_jsonb(a) AS line FROM ledger.accounts AS a WHERE a.account_id LIKE 'batch.%'
        UNION ALL
        SELECT to_jsonb(t) FROM ledger.ledger_transactions AS t WHERE t.account_id LIKE 'batch.%'
        UNION ALL
        SELECT to_jsonb(p) FROM ledger.payments AS p WHERE p.account_id LIKE 'batch.%'
        UNION ALL
        SELECT to_jsonb(c) FROM engine.cashbacks AS c WHERE c.account_id LIKE 'batch.%'
        UNION ALL
        SELECT to_jsonb(c) FROM ledger.collected_credits AS c WHERE c.account_id LIKE 'batch.%'
        UNION ALL
        SELECT to_jsonb(k) FROM ledger.idempotency_keys AS k
        WHERE k.owner LIKE 'batch.%' OR k.owner LIKE '@%'
    ) AS s
$function$;
CREATE TEMP TABLE mix AS SELECT '[
    {"operation": "withdraw", "account_id": "batch.bob", "amount": 1},
    {"operation": "transfer", "source_account_id": "batch.alice", "target_account_id": "batch.bob",
        "amount": 40, "linked": true},
    {"operation": "pay", "account_id": "batch.bob", "merchant_account_id": "batch.shop",
        "amount": 20, "fee": 1},
    {"operation": "deposit", "account_id": "batch.due", "amount": 1, "linked": true},
    {"operation": "deposit", "account_id": "batch.no", "amount": 1}
]'::json AS operations;

-- Works: dry_run
CREATE TEMP TABLE before AS SELECT pg_temp.state() AS state;
SELECT is(
    pg_temp.run(m.operations, dry_run => true), ARRAY[
        '1 refused insufficient_funds', '2 posted batch.alice 60', '3 posted batch.bob 19',
        '4 refused linked_failed', '5 refused account_not_found'
    ], 'a dry run tells what would be'
) FROM mix AS m;
SELECT is(
    pg_temp.run(m.operations, true, true), ARRAY[
        '1 refused insufficient_funds', '2 refused linked_failed', '3 refused linked_failed',
        '4 refused linked_failed', '5 refused linked_failed'
    ], 'of an atomic batch too'
) FROM mix AS m;
SELECT is(
    (pg_temp.run(m.operations, dry_run => true, idempotency_key => 'k'))[2],
    '2 posted batch.alice 60', 'and under a key'
) FROM mix AS m;
SELECT is(pg_temp.state(), b.state, 'and leaves no row changed') FROM before AS b;

-- Works: atomic
SELECT is(
    pg_temp.run(m.operations, true), ARRAY[
        '1 refused insufficient_funds', '2 refused linked_failed', '3 refused linked_failed',
        '4 refused linked_failed', '5 refused linked_failed'
    ], 'an atomic batch is refused as a whole'
) FROM mix AS m;
SELECT is(
    pg_temp.run('[
        {"operation": "deposit", "account_id": "batch.bob", "amount": 1},
        {"operation": "withdraw", "account_id": "batch.bob", "amount": 1}
    ]', true), ARRAY['1 posted batch.bob 1', '2 posted batch.bob 0'], 'or posted as a whole'
);

-- Works
CREATE TEMP TABLE first AS
SELECT r.* FROM mix AS m CROSS JOIN LATERAL bank.batch(m.operations) AS r;
SELECT is(
    (
        SELECT array_agg(concat_ws(' ', f.item, f.status, f.account_id, f.balance, f.code))
        FROM first AS f
    ),
    ARRAY[
        '1 refused insufficient_funds', '2 posted batch.alice 60', '3 posted batch.bob 19',
        '4 refused linked_failed', '5 refused account_not_found'
    ], 'one result per item, in order'
);
SELECT is(
    to_jsonb(f) - ARRAY['transaction_id', 'payment_id', 'timestamp', 'cashback'], '{
        "item": 3, "status": "posted", "operation": "pay", "account_id": "batch.bob", "balance": 19,
        "available": 19, "receipt": null, "code": null, "detail": null
    }'::jsonb, 'a posted item has what its receipt has'
) FROM first AS f WHERE f.item = 3;
SELECT is(
    f.cashback::jsonb, jsonb_build_object('amount', 2, 'due_at', f."timestamp" + 5000),
    'with its cashback'
) FROM first AS f WHERE f.item = 3;
SELECT is(
    p.amount, 20::bigint, 'payment_id names the payment'
) FROM first AS f CROSS JOIN LATERAL bank.get_payment(f.payment_id) AS p WHERE f.item = 3;
SELECT is(
    jsonb_strip_nulls(to_jsonb(f)), '{
        "item": 1, "status": "refused", "operation": "withdraw", "code": "insufficient_funds",
        "detail": {"account_id": "batch.bob", "available": 0, "required": 1}
    }'::jsonb, 'a refused item has its code and numbers'
) FROM first AS f WHERE f.item = 1;
SELECT is(
    (SELECT +a.balance FROM ledger.accounts AS a WHERE a.account_id = 'batch.due'), 10::bigint,
    'what was due is posted, whatever became of the item'
);
SELECT is(
    pg_temp.run('[
        {"operation": "deposit", "account_id": "batch.bob", "amount": 1, "idempotency_key": "i"},
        {"operation": "deposit", "account_id": "batch.bob", "amount": 1, "idempotency_key": "i"}
    ]'), ARRAY['1 posted batch.bob 20', '2 replayed batch.bob 20'], 'an item may have a key'
);
SELECT is(
    (bank.deposit('batch.bob', 1, idempotency_key => 'i')).balance, 20::bigint,
    'which is the key of the single function'
);

-- Works: a key of the batch
CREATE TEMP TABLE keyed AS SELECT r.* FROM bank.batch('[
    {"operation": "pay", "account_id": "batch.bob", "amount": 10},
    {"operation": "deposit", "account_id": "batch.no", "amount": 1}
]', idempotency_key => 'b') AS r;
CREATE TEMP TABLE after_keyed AS SELECT pg_temp.state() AS state;
SELECT results_eq(
    $$
        SELECT to_jsonb(r) FROM bank.batch('[
            {"amount": 10, "account_id": "batch.bob", "operation": "pay"},
            {"operation":"deposit","account_id":"batch.no","amount":1}
        ]', dry_run => true, idempotency_key => 'b') AS r
    $$, 'SELECT to_jsonb(k) FROM keyed AS k', 'a repeat gets the first answer, refusals included'
);
SELECT is(pg_temp.state(), a.state, 'and writes nothing') FROM after_keyed AS a;
SELECT is(
    pg_temp.run(
        '[{"operation": "withdraw", "account_id": "batch.no", "amount": 1}]', false, false, 'f'
    ),
    ARRAY['1 refused account_not_found'], 'where all of it was refused'
);
SELECT is(
    pg_temp.run(
        '[{"operation": "deposit", "account_id": "batch.bob", "amount": 1}]', false, NULL, 'f'
    ),
    ARRAY['1 posted batch.bob 11'], 'the key stays free; NULL is no dry run'
);
SELECT is(
    pg_temp.run(
        '[{"operation": "deposit", "account_id": "batch.bob", "amount": 1}]', false, false, 'f'
    ),
    ARRAY['1 posted batch.bob 11'], 'which stores the answer'
);

-- Works: what only operators may give, for operators
SELECT lives_ok($$
    SET ROLE bank_operator;
    SELECT 1 / (array_agg(concat_ws(' ', r.status, r.timestamp)) = ARRAY['posted 2000', 'refused'])::int
    FROM bank.batch_at('[
        {"operation": "deposit", "account_id": "batch.dated", "amount": 1, "timestamp": 2000},
        {"operation": "deposit", "account_id": "batch.dated", "amount": 1, "timestamp": 1999}
    ]') AS r;
    RESET ROLE
$$, 'an operator''s batch may say when it counts, and is refused item by item');
SELECT lives_ok($$
    SET ROLE bank_teller;
    SELECT 1 / (array_agg(r.status) = ARRAY['posted'])::int
    FROM bank.batch('[
        {"operation": "deposit", "account_id": "batch.alice", "amount": 1, "timestamp": null}
    ]') AS r;
    RESET ROLE
$$, 'NULL says nothing, so a teller''s may have it');

-- Works: monitors fire
DO $given$
BEGIN
    PERFORM bank.create_monitor('batch.bob', 'balance', 'gte', 12, idempotency_key => 'm');
END;
$given$;
SELECT is(
    pg_temp.run('[{"operation": "deposit", "account_id": "batch.bob", "amount": 1}]'),
    ARRAY['1 posted batch.bob 12'], 'an account with a monitor'
);
SELECT is(
    (
        SELECT t.operation FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'batch.bob' ORDER BY t.version DESC LIMIT 1
    ), 'monitor', 'which fires'
);

-- Works: everything at once leaves the books intact
SELECT is_empty('SELECT v.* FROM bank.verify_ledger() AS v WHERE NOT v.ok', 'the books are intact');

-- Refuses
SELECT throws_ok(
    format('SELECT bank.batch(%L, idempotency_key => %L)', '[]', k.key),
    'TL006', 'invalid_idempotency_key', format('refuses a key of %s characters', length(k.key))
) FROM (VALUES (''), (repeat('k', 256))) AS k (key);
SELECT throws_ok(
    format('SELECT bank.batch(%L)', b.operations), 'TL041', 'invalid_batch',
    'refuses ' || coalesce(b.operations, 'NULL')
) FROM unnest(ARRAY[NULL, '{}', '[]', '[1]', '[{"operation": "open"}]', '[{"operation": "\u0000"}]']) AS b (operations);
SELECT throws_ok(
    format(
        'SELECT bank.batch(%L, dry_run => %L, idempotency_key => %L)',
        '[{"operation": "deposit", "account_id": "batch.bob", "amount": 1}]', d.dry_run, 'b'
    ), 'TL010', 'idempotency_key_reused', 'refuses a used key for other items'
) FROM unnest(ARRAY[true, false]) AS d (dry_run);
CREATE TEMP TABLE theirs AS SELECT t.operations, t.reason FROM (
    VALUES (
        '[{"operation": "deposit", "account_id": "batch.bob", "amount": 1},
        {"operation": "deposit", "account_id": "batch.bob", "amount": 1, "timestamp": 9000000000000}]',
        'item 2: only operators may give timestamp, in a privileged batch'
    ),
    (
        '[{"operation": "exchange", "source_account_id": "batch.alice",
        "target_account_id": "batch.bob", "amount": 1, "target_amount": 1}]',
        'item 1: only operators may call exchange, in a privileged batch'
    )
) AS t (operations, reason);
GRANT SELECT ON theirs TO bank_teller, bank_operator;
CREATE TEMP TABLE before_theirs AS SELECT pg_temp.state() AS state;
CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN SQLSTATE 'TL041' THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;
SELECT is(
    pg_temp.detail_of(format('SET ROLE %I; SELECT bank.%s)', r.role, format(r.call, t.operations))),
    jsonb_build_object('reason', t.reason), format('%s: refuses %s', r.role, t.reason)
) FROM theirs AS t
CROSS JOIN (
    VALUES ('bank_teller', 'batch(%L'), ('bank_operator', 'batch(%L, dry_run => true'),
    ('bank_operator', 'batch_at(%L, privileged => false')
) AS r (role, call);
SELECT is(pg_temp.state(), b.state, 'the whole of it: nothing is posted') FROM before_theirs AS b;
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.batch_at('[]')$$,
    '42501', 'permission denied for function batch_at', 'no teller says that a batch is privileged'
);
SELECT throws_ok(
    $$SELECT bank.batch((
        SELECT json_agg(json_build_object(
            'operation', 'deposit', 'account_id', 'batch.bob', 'amount', 1,
            'metadata', '{"x": [1, -1e131071]}'::json
        )) FROM generate_series(1, 1000)
    ), idempotency_key => 'numbers')$$, 'TL041', 'invalid_batch',
    'refuses numbers that would be 131 million digits as text'
);
SELECT throws_ok(
    $$SET ROLE bank_auditor; SELECT bank.batch('[]')$$, '42501', NULL, 'an auditor moves nothing'
);

SELECT * FROM finish();
ROLLBACK;
