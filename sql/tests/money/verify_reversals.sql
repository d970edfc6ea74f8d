-- Tests of engine.verify_reversals.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_reversals'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_reversals'::regproc), 'SETOF engine.violation', 'what it returns'
);
SELECT volatility_is('engine', 'verify_reversals', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_reversals', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_reversals'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a transfer and a deposit, both reversed
DO $given$
BEGIN
    PERFORM bank.create_account_at('reversals.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('reversals.bob', "timestamp" => 1000);
    PERFORM bank.deposit_at('reversals.alice', 500, "timestamp" => 1000);
    PERFORM bank.reverse_transaction(
        (bank.transfer_at('reversals.alice', 'reversals.bob', 100, "timestamp" => 1000)).transaction_id,
        'a slip', "timestamp" => 1000
    );
    PERFORM bank.reverse_transaction(t.transaction_id, 'a slip', "timestamp" => 1000)
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'reversals.alice' AND t.operation = 'deposit';
END;
$given$;
CREATE TEMP VIEW undone AS
SELECT t.* FROM ledger.ledger_transactions AS t
WHERE starts_with(t.account_id, 'reversals.') AND t.operation = 'reversal';
CREATE TEMP TABLE named AS
SELECT DISTINCT t.operation AS name, r.transaction_id, r.reversed_by
FROM ledger.ledger_transactions AS t
INNER JOIN ledger.reversals AS r ON r.transaction_id = t.transaction_id
WHERE starts_with(t.account_id, 'reversals.');

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT array_agg(
            concat_ws(
                ' ', v.account_id, n.name,
                CASE WHEN (v.found ->> 'reversed_by')::bigint = n.reversed_by THEN 'and its own' END
            )
            ORDER BY v.account_id, n.name
        ) INTO v_found
        FROM engine.verify_reversals() AS v
        LEFT JOIN named AS n ON n.transaction_id = (v.found ->> 'transaction_id')::bigint
        WHERE v."check" = 'reversals_mirror';
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
    pg_temp.found('UPDATE undone SET amount = 99 WHERE amount = 100'),
    ARRAY['reversals.alice transfer and its own'], 'a reversal of another amount'
);
SELECT is(
    pg_temp.found('DELETE FROM undone WHERE amount = -100'),
    ARRAY['reversals.bob transfer and its own'], 'a party without its reversal'
);
SELECT is(
    pg_temp.found($$
        DELETE FROM ledger.reversals AS r
        USING named AS n WHERE r.transaction_id = n.transaction_id AND n.name = 'transfer'
    $$),
    ARRAY['reversals.alice transfer and its own', 'reversals.bob transfer and its own'],
    'a reversal that was not noted'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.reversals (transaction_id, reversed_by)
        VALUES ((SELECT u.transaction_id FROM undone AS u WHERE u.amount = -500), 0)
    $$),
    ARRAY['reversals.alice'], 'one noted that never was'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.ledger_transactions
        SELECT (jsonb_populate_record(u, '{"version": 99, "leg": 99}')).*
        FROM undone AS u WHERE u.amount = -500
    $$),
    ARRAY['reversals.alice deposit and its own'], 'one leg reversed twice'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.ledger_transactions
        SELECT (jsonb_populate_record(u, '{"version": 99, "transaction_id": 0}')).*
        FROM undone AS u WHERE u.amount = -500
    $$),
    ARRAY['reversals.alice deposit'], 'one reversed by two'
);
SELECT is(
    pg_temp.found('UPDATE undone SET refers_to = 0 WHERE amount = -100'),
    ARRAY['reversals.bob transfer and its own', 'reversals.bob'],
    'one of a transaction that is not there'
);
SELECT is(
    pg_temp.found($$UPDATE undone SET contra_account_id = '@fees' WHERE amount = -500$$),
    ARRAY[
        'reversals.alice deposit and its own', 'reversals.alice deposit and its own'
    ], 'one that goes back to somebody else'
);

SELECT * FROM finish();
ROLLBACK;
