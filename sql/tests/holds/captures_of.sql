-- Tests of engine.captures_of.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.captures_of'::regproc),
    'hold ledger.holds, OUT number bigint, OUT transaction_id bigint, OUT captured bigint, '
    || 'OUT refunded bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.captures_of'::regproc), 'SETOF record', 'what it returns'
);
SELECT volatility_is('engine', 'captures_of', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'captures_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.captures_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a hold that was captured thrice: of the first a part was given back, by a refund and by
-- another that was reversed; the second was reversed
DO $given$
BEGIN
    PERFORM bank.create_account_at('captures.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'shop']) AS n;
    PERFORM bank.deposit_at('captures.alice', 1000, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE placed AS
SELECT h.hold_id, substr(h.hold_id, 5)::bigint AS number
FROM bank.hold_at('captures.alice', 100, NULL, 'captures.shop', "timestamp" => 1000) AS h;
CREATE FUNCTION pg_temp.capture(amount bigint) RETURNS bigint LANGUAGE sql AS $function$
    SELECT (bank.capture_hold_at(p.hold_id, amount, false, "timestamp" => 1000)).transaction_id
    FROM placed AS p
$function$;
CREATE FUNCTION pg_temp.undo(transaction_id bigint) RETURNS void LANGUAGE sql AS $function$
    SELECT bank.reverse_transaction(transaction_id, 'slip', "timestamp" => 1000)
$function$;
CREATE FUNCTION pg_temp.hold() RETURNS ledger.holds LANGUAGE sql AS $function$
    SELECT h FROM ledger.holds AS h INNER JOIN placed AS p ON p.number = h.hold_number
$function$;

-- Works
SELECT is_empty('SELECT c.* FROM engine.captures_of(pg_temp.hold()) AS c', 'none before the first');
CREATE TEMP TABLE made AS SELECT 1 AS number, pg_temp.capture(30) AS id;
INSERT INTO made VALUES (2, pg_temp.capture(20));
INSERT INTO made VALUES (3, pg_temp.capture(10));
SELECT results_eq(
    'SELECT c.* FROM engine.captures_of(pg_temp.hold()) AS c',
    $$
        SELECT m.number::bigint, m.id, v.amount, 0::bigint FROM made AS m
        INNER JOIN (VALUES (1, 30::bigint), (2, 20), (3, 10)) AS v (number, amount)
            ON v.number = m.number
        ORDER BY m.number
    $$, 'each with what it took, in their order'
);
DO $given$
BEGIN
    PERFORM bank.refund_hold_at(p.hold_id, 12, "timestamp" => 1000) FROM placed AS p;
    PERFORM pg_temp.undo((bank.refund_hold_at(p.hold_id, 5, "timestamp" => 1000)).transaction_id)
    FROM placed AS p;
    PERFORM pg_temp.undo(m.id) FROM made AS m WHERE m.number = 2;
END;
$given$;
SELECT results_eq(
    'SELECT c.number, c.refunded FROM engine.captures_of(pg_temp.hold()) AS c',
    'VALUES (1::bigint, 12::bigint), (2, 20), (3, 0)',
    'and what was given back of it: what is undone was not, and what is reversed was'
);

SELECT * FROM finish();
ROLLBACK;
