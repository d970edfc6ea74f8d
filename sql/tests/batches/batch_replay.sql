-- Tests of engine.batch_replay.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_replay'::regproc),
    'item engine.batch_item',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_replay'::regproc), 'bank.batch_result', 'what it returns'
);
SELECT volatility_is('engine', 'batch_replay', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'batch_replay', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_replay'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('breplay.alice', "timestamp" => 1000);
    PERFORM bank.deposit('breplay.alice', 5, "timestamp" => 2000, idempotency_key => 'k');
END;
$given$;
CREATE FUNCTION pg_temp.replay(item jsonb) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT jsonb_strip_nulls(to_jsonb(engine.batch_replay(i))) - 'transaction_id'
    FROM engine.batch_items(jsonb_build_array(
        '{"operation": "deposit", "account_id": "breplay.alice", "amount": 5,
            "timestamp": 2000}'::jsonb || item
    ), false) AS i
$function$;

-- Works
SELECT is(
    pg_temp.replay('{"idempotency_key": "k"}'),
    '{
        "item": 1, "status": "replayed", "operation": "deposit", "account_id": "breplay.alice",
        "balance": 5, "available": 5, "timestamp": 2000
    }'::jsonb, 'the same request gets the stored answer'
);
SELECT is(pg_temp.replay('{"idempotency_key": "K"}'), NULL, 'capitals make another key');
SELECT is(
    pg_temp.replay('{"idempotency_key": "k", "account_id": "breplay.bob"}'), NULL,
    'the same key of another account is free'
);
SELECT is(
    pg_temp.replay(r.change || '{"idempotency_key": "k"}') #- '{detail,first_used_at}',
    jsonb_build_object(
        'item', 1, 'status', 'refused', 'operation',
        coalesce(r.change ->> 'operation', 'deposit'), 'code', 'idempotency_key_reused',
        'detail', '{"account_id": "breplay.alice", "idempotency_key": "k",
            "first_operation": "deposit"}'::jsonb
    ), 'refused for ' || r.change::text
) FROM (
    VALUES ('{"amount": 6}'::jsonb), ('{"timestamp": null}'), ('{"metadata": {}}'),
    ('{"operation": "withdraw"}')
) AS r (change);
SELECT ok(
    pg_temp.replay('{"amount": 6, "idempotency_key": "k"}') -> 'detail' ? 'first_used_at',
    'and says when it was used'
);

SELECT * FROM finish();
ROLLBACK;
