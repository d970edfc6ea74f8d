-- Tests of engine.verify_event_order.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.verify_event_order'::regproc), '', 'it has no arguments');
SELECT is(
    pg_get_function_result('engine.verify_event_order'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_event_order', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_event_order', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_event_order'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given nobody else numbering, six legs numbered in two batches, and one that is not numbered yet
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
DO $given$
BEGIN
    PERFORM bank.number_events(100000);
    PERFORM bank.create_account_at('line.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('line.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'line.shop';
    PERFORM bank.deposit_at('line.alice', 500, "timestamp" => 1000);
    PERFORM bank.transfer_at('line.alice', 'line.shop', 5, "timestamp" => 1000);
    PERFORM bank.number_events(100000);
    PERFORM bank.deposit_at('line.alice', 1, "timestamp" => 1000);
    PERFORM bank.fold_collected();
    PERFORM bank.number_events(100000);
    PERFORM bank.deposit_at('line.alice', 1, "timestamp" => 1000);
END;
$given$;
CREATE TEMP VIEW newest AS
SELECT max(b.first_event_id) AS id FROM ledger.event_batches AS b;
CREATE TEMP TABLE told AS
SELECT n.id, t.transaction_id AS deposited
FROM newest AS n
CROSS JOIN ledger.ledger_transactions AS t
WHERE t.account_id = 'line.alice' AND t.version = 4;

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
        FROM engine.verify_event_order() AS v;
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
    pg_temp.found($$
        UPDATE ledger.event_batches AS b
        SET events = b.events + 1,
            transaction_ids = b.transaction_ids + int8multirange(int8range(o.id, o.id, '[]'))
        FROM (
            SELECT t.transaction_id AS id FROM ledger.ledger_transactions AS t
            WHERE t.account_id = 'line.alice' AND t.version = 1
        ) AS o
        WHERE b.first_event_id = (SELECT t.id FROM told AS t)
    $$),
    'events_in_order line.alice 2',
    'a leg that is told twice'
);
SELECT matches(
    pg_temp.found($$
        DELETE FROM ledger.event_batches;
        INSERT INTO ledger.event_batches (first_event_id, events, transaction_ids)
        WITH leg AS (
            SELECT coalesce(t.folded_in, t.transaction_id) AS id FROM ledger.ledger_transactions AS t
        ), half AS (
            SELECT
                l.id > m.id AS newer, count(*) AS legs,
                range_agg(int8range(l.id, l.id, '[]')) AS ids
            FROM leg AS l
            CROSS JOIN (
                SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY leg.id) AS id FROM leg
            ) AS m
            GROUP BY 1
        )
        SELECT CASE WHEN h.newer THEN 1 ELSE 1 + o.legs END, h.legs, h.ids
        FROM half AS h
        INNER JOIN half AS o ON o.newer <> h.newer
    $$), '^events_in_order line\.', 'what is newer told before what is older'
);

SELECT * FROM finish();
ROLLBACK;
