-- Tests of engine.refunded_of.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refunded_of'::regproc),
    'hold ledger.holds',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refunded_of'::regproc), 'bigint', 'what it returns'
);
SELECT volatility_is('engine', 'refunded_of', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refunded_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refunded_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a hold that was captured thrice: of the first a part was given back, by a refund and by
-- another that was reversed; the second was reversed
DO $given$
BEGIN
    PERFORM bank.create_account_at('refunded.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'shop']) AS n;
    PERFORM bank.deposit_at('refunded.alice', 1000, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE placed AS
SELECT h.hold_id, substr(h.hold_id, 5)::bigint AS number
FROM bank.hold_at('refunded.alice', 100, NULL, 'refunded.shop', "timestamp" => 1000) AS h;
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
SELECT is(engine.refunded_of(pg_temp.hold()), 0::bigint, 'nothing of one that was not captured');
CREATE TEMP TABLE made AS SELECT pg_temp.capture(30) AS id;
INSERT INTO made VALUES (pg_temp.capture(20));
SELECT is(engine.refunded_of(pg_temp.hold()), 0::bigint, 'nor of one that was');
DO $given$
BEGIN
    PERFORM bank.refund_hold_at(p.hold_id, 12, "timestamp" => 1000) FROM placed AS p;
END;
$given$;
SELECT is(engine.refunded_of(pg_temp.hold()), 12::bigint, 'what refunds gave back');
DO $given$
BEGIN
    PERFORM pg_temp.undo(max(m.id)) FROM made AS m;
END;
$given$;
SELECT is(engine.refunded_of(pg_temp.hold()), 32::bigint, 'and reversals');

SELECT * FROM finish();
ROLLBACK;
