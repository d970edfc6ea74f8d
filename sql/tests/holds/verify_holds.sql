-- Tests of engine.verify_holds.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.verify_holds'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('engine.verify_holds'::regproc), 'SETOF engine.violation', 'what it returns'
);
SELECT volatility_is('engine', 'verify_holds', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_holds', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_holds'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two open holds, one of them captured in part, and one that was released
DO $given$
BEGIN
    PERFORM bank.create_account_at('holds.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('holds.alice', 500, "timestamp" => 1000);
    PERFORM bank.hold_at('holds.alice', 30, 9000, "timestamp" => 1000);
    PERFORM bank.hold_at('holds.alice', 20, 8000, "timestamp" => 1000);
    PERFORM bank.release_hold_at(
        (bank.hold_at('holds.alice', 7, "timestamp" => 1000)).hold_id, "timestamp" => 1000
    );
    INSERT INTO ledger.holds (account_id, hold_number, transaction_id, created_at, amount, captured)
    VALUES ('holds.bob', 2000000001, 1, 1, 10, 4);
    PERFORM bank.create_account_at('holds.bob', "timestamp" => 1000);
END;
$given$;
CREATE TEMP VIEW hold AS SELECT h.* FROM ledger.holds AS h WHERE h.account_id = 'holds.alice';
CREATE FUNCTION pg_temp.found() RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(concat_ws(' ', v."check", v.account_id, v.found) ORDER BY v.account_id)
    FROM engine.verify_holds() AS v
$function$;

-- Works
SELECT is(
    pg_temp.found(),
    ARRAY[
        'holds_add_up holds.bob {"held" : 0, "sum" : 6, "next_due_at" : null, '
        || '"expires_at" : null}'
    ],
    'what was captured is not held; nothing is wrong with what the functions write'
);
SET LOCAL session_replication_role = replica;  -- the guards are asleep
DELETE FROM ledger.holds AS h WHERE h.account_id = 'holds.bob';
SELECT is(pg_temp.found(), NULL, 'nothing at all');
UPDATE hold SET amount = 31 WHERE amount = 30;
SELECT is(
    pg_temp.found(),
    ARRAY[
        'holds_add_up holds.alice {"held" : 50, "sum" : 51, "next_due_at" : 8000, '
        || '"expires_at" : 8000}'
    ],
    'a hold of another amount'
);
UPDATE hold SET amount = 30 WHERE amount = 31;
UPDATE hold SET expires_at = 7999 WHERE amount = 20;
SELECT is(
    pg_temp.found(),
    ARRAY[
        'holds_add_up holds.alice {"held" : 50, "sum" : 50, "next_due_at" : 8000, '
        || '"expires_at" : 7999}'
    ],
    'a hold that the account would let expire too late'
);
UPDATE hold SET status = 'released', closed_at = 1 WHERE amount = 20;
SELECT is(
    pg_temp.found(),
    ARRAY[
        'holds_add_up holds.alice {"held" : 50, "sum" : 30, "next_due_at" : 8000, '
        || '"expires_at" : 9000}'
    ],
    'a hold ended behind the account''s back'
);

SELECT * FROM finish();
ROLLBACK;
