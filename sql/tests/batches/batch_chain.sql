-- Tests of engine.batch_chain.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_chain'::regproc),
    'operations jsonb, first integer, last integer',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_chain'::regproc), 'bank.batch_result[]', 'what it returns'
);
SELECT volatility_is('engine', 'batch_chain', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_chain', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_chain'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('chain.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('chain.alice', 100, "timestamp" => 1000, idempotency_key => 'k');
END;
$given$;
CREATE FUNCTION pg_temp.run(operations jsonb, first integer, last integer) RETURNS text[]
LANGUAGE sql AS $function$
    SELECT array_agg(
        concat_ws(' ', r.item, r.status, r.balance, r.code, nullif(r.detail::text, '{}'))
        ORDER BY r.item
    )
    FROM unnest(engine.batch_chain(operations, first, last)) AS r
$function$;
CREATE TEMP TABLE mix AS SELECT '[
    {"operation": "withdraw", "account_id": "chain.alice", "amount": 10},
    {"operation": "withdraw", "account_id": "chain.alice", "amount": 20},
    {"operation": "withdraw", "account_id": "chain.alice", "amount": 1000},
    {"operation": "deposit", "account_id": "chain.alice", "amount": 100, "timestamp": 1000,
        "idempotency_key": "k"},
    {"operation": "deposit", "account_id": "chain.alice", "amount": 101, "timestamp": 1000,
        "idempotency_key": "k"}
]'::jsonb AS operations;

-- Works
SELECT is(
    pg_temp.run(m.operations, 1, 2), ARRAY['1 posted 90', '2 posted 70'], 'one after the other'
) FROM mix AS m;
SELECT is(
    pg_temp.run(m.operations, 2, 3), ARRAY[
        '2 refused linked_failed',
        '3 refused insufficient_funds '
        '{"account_id" : "chain.alice", "available" : 50, "required" : 1000}'
    ], 'or nothing at all'
) FROM mix AS m;
SELECT is(
    (SELECT +a.balance FROM ledger.accounts AS a WHERE a.account_id = 'chain.alice'), 70::bigint,
    'and what was posted before is undone'
);
SELECT is(
    pg_temp.run(m.operations, 4, 4), ARRAY['4 replayed 100'], 'a repeat under a key is replayed'
) FROM mix AS m;
SELECT is(
    (pg_temp.run(m.operations, 5, 5))[1] LIKE '5 refused idempotency_key_reused %', true,
    'another request under it is refused'
) FROM mix AS m;

SELECT * FROM finish();
ROLLBACK;
