-- Tests of engine.verify_events.
BEGIN;
SELECT plan(14);

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

-- Given nobody else numbering, six legs numbered in two batches, and one that is not numbered yet
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
DO $given$
BEGIN
    PERFORM bank.number_events(100000);
    PERFORM bank.create_account_at('told.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('told.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'told.shop';
    PERFORM bank.deposit_at('told.alice', 500, "timestamp" => 1000);
    PERFORM bank.transfer_at('told.alice', 'told.shop', 5, "timestamp" => 1000);
    PERFORM bank.number_events(100000);
    PERFORM bank.deposit_at('told.alice', 1, "timestamp" => 1000);
    PERFORM bank.fold_collected();
    PERFORM bank.number_events(100000);
    PERFORM bank.deposit_at('told.alice', 1, "timestamp" => 1000);
END;
$given$;
CREATE TEMP VIEW newest AS
SELECT max(b.first_event_id) AS id FROM ledger.event_batches AS b;
CREATE TEMP TABLE told AS
SELECT n.id, t.transaction_id AS deposited
FROM newest AS n
CROSS JOIN ledger.ledger_transactions AS t
WHERE t.account_id = 'told.alice' AND t.version = 4;

-- What is found after some damage, which is undone again
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_found text;
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT string_agg(
            concat_ws(
                ' ', v."check", v.account_id, v.found ->> 'version',
                (v.found ->> 'event_id')::bigint - (SELECT t.id FROM told AS t)
            ), ', ' ORDER BY v."check", v.account_id, (v.found ->> 'version')::bigint
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
    pg_temp.found('SELECT bank.number_events()'), NULL, 'nor when everything is numbered'
);
SELECT is(
    pg_temp.found(
        'UPDATE ledger.event_batches AS b SET first_event_id = b.first_event_id + 1
        WHERE b.first_event_id = (SELECT t.id FROM told AS t)'
    ), 'events_gapless 1', 'a gap'
);
SELECT is(
    pg_temp.found(
        'UPDATE ledger.event_batches AS b SET events = b.events + 1
        WHERE b.first_event_id = (SELECT t.id FROM told AS t)'
    ), 'events_tell_of_legs 0', 'an event of a leg that is not there'
);
SELECT is(
    pg_temp.found(
        'DELETE FROM ledger.event_batches AS b WHERE b.first_event_id = (SELECT t.id FROM told AS t)'
    ), 'legs_have_events told.alice 4, legs_have_events told.shop 2', 'a batch removed'
);
SELECT is(
    pg_temp.found($$
        DELETE FROM ledger.event_batches AS b WHERE b.first_event_id = (SELECT t.id FROM told AS t);
        INSERT INTO ledger.event_gaps (first_id, transaction_ids)
        SELECT t.deposited, int8multirange(int8range(t.deposited, t.deposited + 100)) FROM told AS t
    $$), NULL, 'what lies in a gap is to be found yet'
);
SELECT is(
    pg_temp.found($$
        UPDATE ledger.event_batches AS b
        SET events = b.events + 1,
            transaction_ids = b.transaction_ids + int8multirange(int8range(o.id, o.id, '[]'))
        FROM (
            SELECT t.transaction_id AS id FROM ledger.ledger_transactions AS t
            WHERE t.account_id = 'told.alice' AND t.version = 1
        ) AS o
        WHERE b.first_event_id = (SELECT t.id FROM told AS t)
    $$),
    'legs_have_events told.alice 1',
    'a leg that is told twice'
);
SELECT is(
    pg_temp.found($$
        DELETE FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'told.alice' AND t.version = 4
    $$), 'events_tell_of_legs 0', 'a leg removed'
);
SELECT is(
    pg_temp.found($$
        UPDATE ledger.ledger_transactions AS t SET folded_in = t.folded_in + 1000000
        WHERE t.account_id = 'told.shop' AND t.version = 2
    $$), 'events_tell_of_legs 0', 'a credit folded elsewhere'
);
SELECT * FROM finish();
ROLLBACK;
