-- Tests of engine.end_hold.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.end_hold'::regproc),
    'account ledger.accounts, hold ledger.holds, status text, closed_at bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.end_hold'::regproc), 'ledger.accounts', 'what it returns'
);
SELECT volatility_is('engine', 'end_hold', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'end_hold', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.end_hold'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two holds that expire, and one that does not
DO $given$
BEGIN
    PERFORM bank.create_account('end_hold.alice', "timestamp" => 1000);
    PERFORM bank.deposit('end_hold.alice', 100, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE placed AS
SELECT substr(h.hold_id, 5)::bigint AS number, h.amount
FROM generate_series(1, 3) AS g (i)
CROSS JOIN LATERAL bank.hold(
    'end_hold.alice', g.i * 10, nullif(g.i * 1000 + 4000, 7000), "timestamp" => 1000
) AS h;
CREATE FUNCTION pg_temp.end_it(size bigint, taken bigint) RETURNS ledger.accounts
LANGUAGE plpgsql AS $function$
DECLARE
    v_account ledger.accounts := engine.lock_account('end_hold.alice');
    v_hold ledger.holds;
BEGIN
    SELECT h.* INTO v_hold FROM ledger.holds AS h
    INNER JOIN placed AS p ON p.number = h.hold_number WHERE p.amount = size;
    v_hold.captured := taken;
    v_account := engine.end_hold(v_account, v_hold, 'released', 2000);
    RETURN engine.post_leg(v_account, nextval('ledger.transaction_seq'), 2000, 'test', 0);
END;
$function$;
PREPARE ended AS
SELECT h.amount, h.captured, h.status, h.closed_at
FROM ledger.holds AS h
WHERE h.account_id = 'end_hold.alice' AND h.status <> 'open'
ORDER BY h.hold_number;

-- Works
SELECT results_eq(
    'SELECT +e.held, e.next_hold_expiry FROM pg_temp.end_it(10, 4) AS e',
    'VALUES (54::bigint, 6000::bigint)',
    'what was not captured is held no more, and the next expiry is awaited'
);
SELECT results_eq(
    'SELECT +e.held, e.next_hold_expiry FROM pg_temp.end_it(30, 0) AS e',
    'VALUES (24::bigint, 6000::bigint)', 'one that never expires changes nothing of that'
);
SELECT results_eq(
    'SELECT +e.held, e.next_hold_expiry FROM pg_temp.end_it(20, 0) AS e',
    'VALUES (4::bigint, NULL::bigint)', 'after the last one nothing is awaited'
);
SELECT results_eq(
    'EXECUTE ended',
    $$VALUES (10::bigint, 4::bigint, 'released', 2000::bigint), (20, 0, 'released', 2000),
    (30, 0, 'released', 2000)$$,
    'the rows say what became of them'
);

SELECT * FROM finish();
ROLLBACK;
