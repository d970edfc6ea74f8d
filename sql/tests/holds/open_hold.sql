-- Tests of engine.open_hold.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.open_hold'::regproc),
    'hold_number bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.open_hold'::regproc), 'ledger.holds', 'what it returns'
);
SELECT volatility_is('engine', 'open_hold', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'open_hold', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.open_hold'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given one hold of each status
DO $given$
BEGIN
    PERFORM bank.create_account_at('open_hold.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('open_hold.alice', 100, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE placed AS
SELECT h.hold_id, h.amount, substr(h.hold_id, 5)::bigint AS number
FROM generate_series(1, 4) AS g (i)
CROSS JOIN LATERAL bank.hold_at(
    'open_hold.alice', g.i, CASE g.i WHEN 4 THEN 3000 END, "timestamp" => 1000
) AS h;
DO $given$
BEGIN
    PERFORM bank.capture_hold_at(p.hold_id, 1, "timestamp" => 2000) FROM placed AS p WHERE p.amount = 2;
END;
$given$;
DO $given$
BEGIN
    PERFORM bank.release_hold_at(p.hold_id, "timestamp" => 2000) FROM placed AS p WHERE p.amount = 3;
END;
$given$;
DO $given$
BEGIN
    PERFORM bank.deposit_at('open_hold.alice', 1, "timestamp" => 3000);
END;
$given$;

-- Works
SELECT is(
    +(engine.open_hold(p.number)).amount, 1::bigint, 'the row of an open hold'
) FROM placed AS p WHERE p.amount = 1;

-- Refuses
SELECT throws_ok(
    format('SELECT engine.open_hold(%s)', p.number), r.code, r.name,
    'refuses a hold of status ' || r.name
) FROM placed AS p
INNER JOIN (
    VALUES (2, 'TL312', 'hold_captured'), (3, 'TL313', 'hold_released'), (4, 'TL314', 'hold_expired')
) AS r (amount, code, name) ON r.amount = p.amount
ORDER BY p.amount;

SELECT * FROM finish();
ROLLBACK;
