-- Tests of engine.batch_one_by_one.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_one_by_one'::regproc),
    'items engine.batch_item[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_one_by_one'::regproc), 'bank.batch_result[]',
    'what it returns'
);
SELECT volatility_is('engine', 'batch_one_by_one', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_one_by_one', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_one_by_one'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_OBO', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_OBO', 1000, 5000);
    PERFORM bank.create_account('obo.' || n.name, 'TAP_OBO', 0, 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop', 'due']) AS n (name);
    PERFORM bank.deposit('obo.alice', 100, 1000), bank.deposit('obo.due', 100, 1000);
    PERFORM bank.pay('obo.due', 100, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'obo.shop';
END;
$given$;
CREATE FUNCTION pg_temp.run(operations jsonb) RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(
        concat_ws(' ', r.status, r.account_id, r.balance, r.code, nullif(r.detail::text, '{}'))
        ORDER BY r.ordinality
    )
    FROM unnest(engine.batch_one_by_one(
        ARRAY(SELECT i FROM engine.batch_items(operations, false) AS i)
    )) WITH ORDINALITY AS r
$function$;

-- Works
SELECT is(
    pg_temp.run('[
        {"operation": "withdraw", "account_id": "obo.bob", "amount": 1},
        {"operation": "transfer", "source_account_id": "obo.alice", "target_account_id": "obo.bob",
            "amount": 40},
        {"operation": "withdraw", "account_id": "obo.bob", "amount": 1},
        {"operation": "withdraw", "account_id": "obo.alice", "amount": 61},
        {"operation": "deposit", "account_id": "obo.no", "amount": 1}
    ]'), ARRAY[
        'refused insufficient_funds '
        '{"account_id" : "obo.bob", "available" : 0, "required" : 1}',
        'posted obo.alice 60', 'posted obo.bob 39',
        'refused insufficient_funds '
        '{"account_id" : "obo.alice", "available" : 60, "required" : 61}',
        'refused account_not_found {"account_id" : "obo.no"}'
    ], 'later items see earlier ones, and each is refused on its own'
);
SELECT is(
    pg_temp.run('[
        {"operation": "withdraw", "account_id": "obo.bob", "amount": 9},
        {"operation": "withdraw", "account_id": "obo.bob", "amount": 10, "linked": true},
        {"operation": "withdraw", "account_id": "obo.bob", "amount": 100, "linked": true},
        {"operation": "withdraw", "account_id": "obo.bob", "amount": 10},
        {"operation": "withdraw", "account_id": "obo.bob", "amount": 1, "linked": true},
        {"operation": "withdraw", "account_id": "obo.bob", "amount": 1}
    ]'), ARRAY[
        'posted obo.bob 30', 'refused linked_failed',
        'refused insufficient_funds '
        '{"account_id" : "obo.bob", "available" : 20, "required" : 100}',
        'refused linked_failed', 'posted obo.bob 29', 'posted obo.bob 28'
    ], 'a chain that fails is undone, and says which item failed'
);
SELECT is(
    pg_temp.run('[
        {"operation": "deposit", "account_id": "obo.due", "amount": 1, "timestamp": 5999},
        {"operation": "deposit", "account_id": "obo.due", "amount": 1, "timestamp": 6000}
    ]'), ARRAY['posted obo.due 1', 'posted obo.due 12'],
    'a cashback that falls due between two items is between them'
);
SELECT is(
    pg_temp.run('[
        {"operation": "deposit", "account_id": "obo.bob", "amount": 1, "idempotency_key": "k"},
        {"operation": "deposit", "account_id": "obo.bob", "amount": 1, "idempotency_key": "k"}
    ]'), ARRAY['posted obo.bob 29', 'replayed obo.bob 29'], 'a key works within the batch'
);
SELECT is(
    pg_temp.run('[
        {"operation": "transfer", "source_account_id": "obo.bob", "target_account_id": "obo.shop",
            "amount": 2},
        {"operation": "withdraw", "account_id": "obo.shop", "amount": 2}
    ]'), ARRAY['posted obo.bob 27', 'posted obo.shop 0'], 'what was collected can be spent'
);
SELECT throws_ok(
    $$
        SELECT engine.batch_one_by_one(ARRAY[jsonb_populate_record(
            NULL::engine.batch_item, '{"item": 1, "chain": 1, "operation": "open"}'
        )])
    $$, '20000', NULL, 'an error that is no refusal passes'
);

SELECT * FROM finish();
ROLLBACK;
