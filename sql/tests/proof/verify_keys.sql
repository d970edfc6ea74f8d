-- Tests of engine.verify_keys.
BEGIN;
SELECT plan(10);

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

-- Given answers that name a transaction, a payment, many, and a credit not folded yet
DO $given$
BEGIN
    PERFORM bank.create_account_at('keys.alice', "timestamp" => 1000, idempotency_key => 'open');
    PERFORM bank.create_account_at('keys.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'keys.shop';
    PERFORM bank.deposit_at('keys.alice', 500, "timestamp" => 1000, idempotency_key => 'deposit');
    PERFORM bank.transfer_at('keys.alice', 'keys.shop', 5, "timestamp" => 1000,
        idempotency_key => 'move');
    PERFORM bank.pay_at('keys.alice', 100, "timestamp" => 1000, idempotency_key => 'pay');
    PERFORM bank.create_account_at(
        'keys.forger', "timestamp" => 1000, idempotency_key => 'open',
        metadata => '{"transaction_id": 1e30, "payment_id": "payment0"}'
    );
    PERFORM engine.remember('@batch', 'keys', 'batch', 'x', (
        SELECT json_agg(json_build_object('transaction_id', t.transaction_id))
        FROM ledger.ledger_transactions AS t WHERE t.account_id = 'keys.alice'
    ));
END;
$given$;
CREATE TEMP TABLE id AS
SELECT t.operation, t.transaction_id, t.payment_ref
FROM ledger.ledger_transactions AS t WHERE t.account_id = 'keys.alice';

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
    pg_temp.found($$
        DELETE FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'keys.alice' AND t.operation = 'deposit'
    $$),
    (
        SELECT ARRAY[
            format(
                'responses_point_at_rows @batch {"idempotency_key" : "keys", '
                || '"transaction_id" : %s}', i.transaction_id
            ),
            format(
                'responses_point_at_rows keys.alice {"idempotency_key" : "deposit", '
                || '"transaction_id" : %s}', i.transaction_id
            )
        ] FROM id AS i WHERE i.operation = 'deposit'
    ),
    'a transaction that was answered with, removed: wherever the answer names it'
);
SELECT is(
    pg_temp.found($$
        DELETE FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'keys.alice' AND t.operation = 'transfer'
    $$),
    NULL, 'one side of it may still be a collected credit'
);
SELECT is(
    pg_temp.found($$DELETE FROM ledger.payments AS p WHERE p.account_id = 'keys.alice'$$),
    (
        SELECT ARRAY[format(
            'responses_point_at_rows keys.alice {"idempotency_key" : "pay", "payment_id" : "%s"}',
            i.payment_ref
        )] FROM id AS i WHERE i.operation = 'pay'
    ),
    'a payment that was answered with, removed'
);
SELECT is(
    pg_temp.found($$UPDATE ledger.idempotency_keys AS k SET response = NULL$$), NULL,
    'an answer that is no longer kept points at nothing'
);

SELECT * FROM finish();
ROLLBACK;
