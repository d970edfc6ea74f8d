-- Tests of engine.verify_reversals.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.verify_reversals'::regproc), '', 'it has no arguments');
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
    PERFORM bank.create_account('reversals.alice', "timestamp" => 1000);
    PERFORM bank.create_account('reversals.bob', "timestamp" => 1000);
    PERFORM bank.deposit('reversals.alice', 500, "timestamp" => 1000);
    PERFORM bank.reverse_transaction(
        (bank.transfer('reversals.alice', 'reversals.bob', 100, "timestamp" => 1000)).transaction_id,
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

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT array_agg(
            concat_ws(' ', v.account_id, v.found -> 'amount', v.found -> 'reversed')
            ORDER BY v.account_id, v.found::text
        ) INTO v_found
        FROM engine.verify_reversals() AS v
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
    ARRAY['reversals.alice -100 99'], 'a reversal of another amount'
);
SELECT is(
    pg_temp.found('DELETE FROM undone WHERE amount = -100'),
    ARRAY['reversals.bob 100 null'], 'a party without its reversal'
);
SELECT is(
    pg_temp.found($$DELETE FROM ledger.reversals AS r WHERE r.account_id = 'reversals.bob'$$),
    ARRAY['reversals.bob 100 -100'], 'a reversal that was not noted'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.ledger_transactions
        SELECT (jsonb_populate_record(u, '{"version": 99}')).* FROM undone AS u WHERE u.amount = -500
    $$),
    ARRAY['reversals.alice 500 -1000'], 'one reversed twice'
);
SELECT is(
    pg_temp.found('UPDATE undone SET reverses = 0 WHERE amount = -100'),
    ARRAY['reversals.bob null -100', 'reversals.bob 100 null'], 'one of a transaction that is not there'
);

SELECT * FROM finish();
ROLLBACK;
