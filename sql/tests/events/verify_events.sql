-- Tests of engine.verify_events.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.verify_events'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('engine.verify_events'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_events', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_events', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_events'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given nobody else numbering, one leg that is not numbered, and one that is folded but not followed
LOCK TABLE ledger.event_sequencer IN SHARE UPDATE EXCLUSIVE MODE;
DO $given$
BEGIN
    PERFORM bank.create_account('told.alice', "timestamp" => 1000);
    PERFORM bank.create_account('told.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'told.shop';
    PERFORM bank.deposit('told.alice', 500, "timestamp" => 1000);
    PERFORM bank.transfer('told.alice', 'told.shop', 5, "timestamp" => 1000);
    PERFORM bank.deposit('told.alice', 1, "timestamp" => 1000);
    PERFORM engine.sequence_events(9007199254740991);
    PERFORM engine.lock_account('told.shop');
    PERFORM bank.deposit('told.alice', 1, "timestamp" => 1000);
END;
$given$;
CREATE TEMP VIEW event AS SELECT e.* FROM ledger.events AS e WHERE e.account_id LIKE 'told.%';
CREATE TEMP TABLE newest AS SELECT max(e.event_id) AS id FROM ledger.events AS e;

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_found text;
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT string_agg(
            concat_ws(' ', v."check", v.account_id, v.found ->> 'version'), ', '
            ORDER BY v."check", v.account_id, (v.found ->> 'version')::bigint
        )
        INTO v_found
        FROM engine.verify_events() AS v;
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
    pg_temp.found('SELECT engine.sequence_events()'), NULL, 'nor when everything is numbered'
);
SELECT is(
    pg_temp.found('UPDATE event SET event_id = event_id + 1 WHERE event_id = (SELECT n.id FROM newest AS n)'),
    'events_gapless told.alice 4', 'a gap'
);
SELECT is(
    pg_temp.found(
        'UPDATE event SET version = version + 100, event_id = event_id + 100 WHERE version = 4'
    ),
    'events_gapless told.alice 104, events_tell_of_legs told.alice 104',
    'an event of a leg that is not there'
);
SELECT is(
    pg_temp.found('UPDATE event SET transaction_id = 1 WHERE version = 4'),
    'events_tell_of_legs told.alice 4', 'an event under another transaction_id'
);
SELECT is(
    pg_temp.found('DELETE FROM event WHERE event_id = (SELECT n.id FROM newest AS n)'), NULL,
    'a newest event removed: the next leg will lead to it'
);
SELECT is(
    pg_temp.found($$
        SELECT engine.sequence_events();
        DELETE FROM event WHERE event_id > (SELECT n.id FROM newest AS n)
            AND account_id = 'told.alice';
        UPDATE event SET event_id = event_id - 1 WHERE event_id > (SELECT n.id + 1 FROM newest AS n)
    $$),
    'legs_have_events told.alice 5', 'a leg below the mark that nothing leads to'
);
SELECT is(
    pg_temp.found($$
        SELECT engine.sequence_events();
        DELETE FROM event WHERE account_id = 'told.alice' AND version = 5;
        INSERT INTO ledger.event_gaps
        SELECT t.transaction_id, t.transaction_id
        FROM ledger.ledger_transactions AS t WHERE t.account_id = 'told.alice' AND t.version = 5;
        UPDATE event SET event_id = event_id - 1 WHERE event_id > (SELECT n.id + 1 FROM newest AS n)
    $$),
    NULL, 'one in a gap is to be found yet'
);
SELECT is(
    pg_temp.found($$UPDATE ledger.accounts AS a SET collecting = false WHERE a.account_id = 'told.shop'$$),
    'legs_have_events told.shop 2', 'one folded late, of an account that is not followed'
);
SELECT is(
    pg_temp.found($$
        UPDATE ledger.accounts AS a SET collecting = false WHERE a.account_id = 'told.shop';
        SELECT bank.deposit('told.shop', 1, "timestamp" => 1000)
    $$),
    NULL, 'unless a later leg leads to it'
);
SELECT is(
    pg_temp.found($$
        UPDATE event SET event_id = event_id + 900 WHERE account_id = 'told.alice' AND version = 3;
        UPDATE event SET event_id = event_id - 1 WHERE event_id = (SELECT n.id FROM newest AS n);
        UPDATE event SET event_id = event_id - 900 + 1
        WHERE account_id = 'told.alice' AND version = 3
    $$),
    'events_gapless told.alice 3, events_gapless told.alice 4', 'versions out of order'
);

SELECT * FROM finish();
ROLLBACK;
