-- Tests of engine.balance_at.
BEGIN;
SELECT plan(37);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.balance_at'::regproc),
    'account ledger.accounts, "timestamp" bigint, by text DEFAULT ''timestamp''::text, '
    || 'shift numeric DEFAULT NULL::numeric',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.balance_at'::regproc), 'bank.balance',
    'what it returns'
);
SELECT volatility_is('engine', 'balance_at', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'balance_at', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.balance_at'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an account with two legs and a pending cashback
DO $given$
BEGIN
    PERFORM bank.create_account_at('balance_at.alice', overdraft_limit => 70, "timestamp" => 1000);
    PERFORM bank.deposit_at('balance_at.alice', 500, "timestamp" => 2000);
    PERFORM bank.pay_at('balance_at.alice', 100, "timestamp" => 3000);
END;
$given$;
CREATE FUNCTION pg_temp.at(t bigint) RETURNS bank.balance LANGUAGE sql AS $function$
    SELECT engine.balance_at(engine.read_account('balance_at.alice'), t)
$function$;
PREPARE shown (bigint) AS
SELECT b.balance, b.available, b.held, b.pending_cashback FROM pg_temp.at($1) AS b;

-- Works
SELECT results_eq(
    'EXECUTE shown(999)', 'VALUES (0::bigint, 0::bigint, 0::bigint, 0::bigint)',
    'zeros before the opening, not even the overdraft'
);
SELECT results_eq(
    'EXECUTE shown(1000)', 'VALUES (0::bigint, 70::bigint, 0::bigint, 0::bigint)',
    'the overdraft is available from the opening on'
);
SELECT results_eq(
    'EXECUTE shown(1999)', 'VALUES (0::bigint, 70::bigint, 0::bigint, 0::bigint)',
    'between two legs the earlier one counts'
);
SELECT results_eq(
    'EXECUTE shown(2000)', 'VALUES (500::bigint, 570::bigint, 0::bigint, 0::bigint)',
    'a leg counts from its very millisecond on'
);
SELECT results_eq(
    'EXECUTE shown(3000)', 'VALUES (400::bigint, 470::bigint, 0::bigint, 2::bigint)',
    'the newest leg, and the cashback it promised'
);
SELECT results_eq(
    'EXECUTE shown(86402999)', 'VALUES (400::bigint, 470::bigint, 0::bigint, 2::bigint)',
    'one millisecond before due the cashback is pending'
);
SELECT results_eq(
    'EXECUTE shown(86403000)', 'VALUES (402::bigint, 472::bigint, 0::bigint, 0::bigint)',
    'once due it counts, though nobody has posted it'
);
SELECT results_eq(
    'EXECUTE shown(9007199254740991)', 'VALUES (402::bigint, 472::bigint, 0::bigint, 0::bigint)',
    'and at the end of time'
);
SELECT results_eq(
    'SELECT b.account_id, b.currency, b."timestamp" FROM pg_temp.at(1234) AS b',
    $$VALUES ('balance_at.alice', 'EUR', 1234::bigint)$$,
    'the answer names the account, the currency and the moment'
);

-- A limit that changed: what was in force then is available then
SELECT lives_ok($$
    SELECT bank.set_overdraft_limit('balance_at.alice', 10, 'x', "timestamp" => 90000000)
$$, 'a new limit is posted');
SELECT is((pg_temp.at(2000)).available, 570::bigint, 'the old limit before the change');
SELECT is((pg_temp.at(86403000)).available, 472::bigint, 'the old limit with the posted cashback');
SELECT is((pg_temp.at(89999999)).available, 472::bigint, 'the old limit until 1 ms before');
SELECT is((pg_temp.at(90000000)).available, 412::bigint, 'the new limit from the change on');

-- Held money is not available
UPDATE ledger.accounts AS a SET held = 150 WHERE a.account_id = 'balance_at.alice';
SELECT results_eq(
    'EXECUTE shown(90000000)', 'VALUES (402::bigint, 262::bigint, 150::bigint, 0::bigint)',
    'what is held is part of the balance, not of what is available'
);

-- Nor is what an open hold reserves, until its end
DO $given$
BEGIN
    UPDATE ledger.accounts AS a SET held = 0 WHERE a.account_id = 'balance_at.alice';
    PERFORM bank.hold_at('balance_at.alice', 100, 90005000, "timestamp" => 90000000);
    PERFORM bank.hold_at('balance_at.alice', 30, 90006000, "timestamp" => 90000000);
    PERFORM bank.capture_hold_at(h.hold_id, 10, false, "timestamp" => 90000000)
    FROM bank.list_holds('balance_at.alice') AS h WHERE h.amount = 30;
END;
$given$;
SELECT results_eq(
    'EXECUTE shown(90004999)', 'VALUES (392::bigint, 282::bigint, 120::bigint, 0::bigint)',
    'one millisecond before a hold is over'
);
SELECT results_eq(
    'EXECUTE shown(90005000)', 'VALUES (392::bigint, 382::bigint, 20::bigint, 0::bigint)',
    'once it is over it reserves nothing, though nobody has posted that'
);
SELECT results_eq(
    'EXECUTE shown(9007199254740991)', 'VALUES (392::bigint, 402::bigint, 0::bigint, 0::bigint)',
    'of one captured in part, the rest'
);
DO $given$
BEGIN
    PERFORM bank.expire_holds(90006000);
END;
$given$;
SELECT results_eq(
    'EXECUTE shown(90004999)', 'VALUES (392::bigint, 282::bigint, 120::bigint, 0::bigint)',
    'and the past is the same once it is posted'
);

-- By value date, for what moves money: what is held or pending is so by timestamp
DO $given$
BEGIN
    PERFORM bank.deposit_at('balance_at.alice', 1000, 2500, "timestamp" => 90006000);
    PERFORM bank.pay_at('balance_at.alice', 50, value_at => 90006010, "timestamp" => 90006000);
    PERFORM bank.capture_hold_at(
        (bank.hold_at('balance_at.alice', 9, "timestamp" => 90006000)).hold_id, 4, false,
        value_at => 2999, "timestamp" => 90006000
    );
END;
$given$;
CREATE FUNCTION pg_temp.by_value(t bigint) RETURNS text LANGUAGE sql AS $function$
    SELECT concat_ws(' ', b.balance, b.available, b.held, b.pending_cashback)
    FROM engine.balance_at(engine.read_account('balance_at.alice'), t, 'value_at') AS b
$function$;
SELECT is(pg_temp.by_value(c.t), c.shown, 'by value date at ' || c.t) FROM (
    VALUES (999, '0 0 0 0'), (2499, '500 570 0 0'), (2500, '1500 1570 0 0'), (2999, '1496 1566 0 0'),
    (3000, '1396 1466 0 2'), (90005999, '1388 1378 20 0'), (90006000, '1388 1393 5 1'),
    (90006009, '1388 1393 5 1'), (90006010, '1338 1343 5 1'), (176406000, '1339 1344 5 0')
) AS c (t, shown);
SELECT is(
    (engine.balance_at(engine.read_account('balance_at.alice'), 2500, c.by, 7)).balance, c.balance,
    'what value dates move may be known, by ' || c.by
) FROM (VALUES ('value_at', 507::bigint), ('timestamp', 500)) AS c (by, balance);
SELECT results_eq(
    'EXECUTE shown(2999)', 'VALUES (500::bigint, 570::bigint, 0::bigint, 0::bigint)',
    'by timestamp the past is what it was'
);

SELECT * FROM finish();
ROLLBACK;
