-- Tests of engine.verify_keys.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.verify_keys'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('engine.verify_keys'::regproc), 'SETOF engine.violation', 'what it returns'
);
SELECT volatility_is('engine', 'verify_keys', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_keys', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_keys'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given keys of single operations, of a change that changes nothing, of items and of a batch
DO $given$
BEGIN
    PERFORM bank.create_account_at('keys.alice', "timestamp" => 1000, idempotency_key => 'open');
    PERFORM bank.create_account_at('keys.bob', "timestamp" => 1000);
    PERFORM bank.deposit_at('keys.alice', 500, "timestamp" => 1000, idempotency_key => 'deposit');
    PERFORM bank.pay_at('keys.alice', 100, "timestamp" => 1000, idempotency_key => 'pay');
    PERFORM bank.set_overdraft_limit('keys.alice', 0, 'why not', 2000, idempotency_key => 'limit');
    PERFORM bank.batch_at(
        '[
            {"operation": "deposit", "account_id": "keys.bob", "amount": 5, "timestamp": 2000,
                "idempotency_key": "plain"},
            {"operation": "hold", "account_id": "keys.bob", "amount": 5, "timestamp": 2000,
                "idempotency_key": "apart"}
        ]', idempotency_key => 'batch'
    );
END;
$given$;

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT array_agg(
            concat_ws(' ', v."check", v.account_id, v.found)
            ORDER BY v."check", v.account_id, v.found::text
        )
        INTO v_found
        FROM engine.verify_keys() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;

-- Works
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    (
        SELECT array_agg(format('%s %s', k.idempotency_key, t.operation) ORDER BY t.transaction_id)
        FROM ledger.idempotency_keys AS k
        INNER JOIN ledger.ledger_transactions AS t ON t.key_hash = engine.key_hash(
            k.owner, k.idempotency_key, k.operation, k.request_hash, k.response, k.created_at
        )
        WHERE t.account_id IN ('keys.alice', 'keys.bob')
    ),
    ARRAY[
        'open open', 'deposit deposit', 'pay pay', 'limit set_overdraft_limit', 'plain deposit',
        'apart hold', 'batch batch'
    ],
    'each key is sealed by the first leg of its transaction'
);
SELECT is(
    pg_temp.found(d.damage), d.found, d.damage
) FROM (
    VALUES (
        'DELETE FROM ledger.idempotency_keys AS k WHERE k.idempotency_key = ''pay''',
        (
            SELECT ARRAY[format(
                'keys_sealed keys.alice {"idempotency_key" : null, "operation" : null, '
                || '"transaction_id" : %s, "found" : "a seal whose key is gone or changed"}',
                t.transaction_id
            )]
            FROM ledger.ledger_transactions AS t
            WHERE t.account_id = 'keys.alice' AND t.operation = 'pay'
        )
    ), (
        'INSERT INTO ledger.idempotency_keys (owner, idempotency_key, operation, request_hash, '
        || 'response, created_at) VALUES (''keys.bob'', ''forged'', ''pay'', ''x'', ''{}'', 1)',
        ARRAY[
            'keys_sealed keys.bob {"idempotency_key" : "forged", "operation" : "pay", '
            || '"transaction_id" : null, "found" : "a key that no leg seals"}'
        ]
    ), (
        'UPDATE ledger.ledger_transactions AS t SET key_hash = o.key_hash '
        || 'FROM ledger.ledger_transactions AS o WHERE t.account_id = ''keys.bob'' '
        || 'AND t.version = 1 AND o.operation = ''open'' AND o.account_id = ''keys.alice''',
        (
            SELECT ARRAY[format(
                'keys_sealed keys.alice {"idempotency_key" : "open", "operation" : '
                || '"create_account", "transaction_id" : %s, "found" : "one key sealed twice"}',
                t.transaction_id
            )]
            FROM ledger.ledger_transactions AS t
            WHERE t.account_id = 'keys.alice' AND t.operation = 'open'
        )
    )
) AS d (damage, found);
SELECT is(
    cardinality(pg_temp.found(format(
        'UPDATE ledger.idempotency_keys AS k SET %s WHERE k.idempotency_key = %L', c.change, c.key
    ))), 2, format('%s of %s: a key that nothing seals, and a seal without its key', c.change, c.key)
) FROM (
    VALUES ('response = ''{"balance": 1}''', 'deposit'), ('response = ''[]''', 'batch'),
    ('request_hash = ''x''', 'pay'), ('operation = ''withdraw''', 'deposit'),
    ('created_at = 1', 'limit'), ('owner = ''keys.bob''', 'open'),
    ('idempotency_key = ''other''', 'plain'), ('response = NULL', 'apart')
) AS c (change, key);

SELECT * FROM finish();
ROLLBACK;
