-- Tests of engine.settle_due.
BEGIN;
SELECT plan(28);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.settle_due'::regproc),
    'account ledger.accounts, "timestamp" bigint, max_count bigint DEFAULT NULL::bigint, '
    || 'counted text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.settle_due'::regproc), 'ledger.accounts',
    'what it returns'
);
SELECT volatility_is('engine', 'settle_due', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'settle_due', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.settle_due'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given four cashbacks on one account, paid in another order than they fall due
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_DUE', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_DUE', 1000, 5000);
    PERFORM bank.create_account('due.alice', 'TAP_DUE', "timestamp" => 1000);
    PERFORM bank.deposit('due.alice', 10000, "timestamp" => 1000);
    PERFORM bank.pay('due.alice', 10, "timestamp" => 1000);
    PERFORM bank.pay('due.alice', 20, "timestamp" => 1000);
    PERFORM bank.pay('due.alice', 30, "timestamp" => 2000);
    UPDATE ledger.cashback_policies AS p SET delay_ms = 1000 WHERE p.currency = 'TAP_DUE';
    PERFORM bank.pay('due.alice', 40, "timestamp" => 2000);
END;
$given$;
CREATE TEMP TABLE before AS SELECT a.* FROM ledger.accounts AS a WHERE a.account_id = 'due.alice';
CREATE TEMP TABLE payment AS
SELECT p.payment_number, p.amount FROM ledger.payments AS p WHERE p.account_id = 'due.alice';
CREATE FUNCTION pg_temp.settle(t bigint, most bigint DEFAULT NULL) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT to_jsonb(engine.settle_due(a, t, most))
    FROM ledger.accounts AS a WHERE a.account_id = 'due.alice'
$function$;
CREATE FUNCTION pg_temp.stored() RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = 'due.alice'
$function$;
PREPARE legs AS
SELECT p.amount AS paid, t."timestamp", t.operation COLLATE "default", +t.amount, +t.balance_after,
    +t.pending_cashback_after, t.contra_account_id COLLATE "default"
FROM ledger.ledger_transactions AS t
INNER JOIN payment AS p ON t.payment_ref = 'payment' || p.payment_number
WHERE t.account_id = 'due.alice' AND t.version > 6
ORDER BY t.version;

-- Works
SELECT is(pg_temp.stored() -> 'pending_cashback', '10', 'four are pending');
SELECT is(
    pg_temp.stored() -> 'next_cashback_due', '3000', 'the one paid last is the first to fall due'
);
SELECT is(
    pg_temp.settle(2999), (SELECT to_jsonb(b) FROM before AS b),
    'one millisecond before due nothing happens'
);
SELECT is(pg_temp.stored(), (SELECT to_jsonb(b) FROM before AS b), 'nothing at all');
SELECT is(pg_temp.settle(3000), pg_temp.stored(), 'it returns the account as stored');
SELECT results_eq(
    'EXECUTE legs',
    $$
        VALUES
        (40::bigint, 3000::bigint, 'cashback', 4::bigint, 9904::bigint, 6::bigint, '@cashback')
    $$,
    'at due its leg is there, with timestamp = due_at'
);
SELECT is(pg_temp.stored() -> 'next_cashback_due', '6000', 'and the next one is waited for');
SELECT is(pg_temp.stored() -> 'last_timestamp', '3000', 'the newest leg is the cashback''s');
SELECT is(
    pg_temp.settle(6500, 1) -> 'version', '8', 'at most max_count are settled'
);
SELECT is(
    pg_temp.stored() -> 'next_cashback_due', '6000', 'another one of the same millisecond waits'
);
SELECT is(pg_temp.settle(9007199254740991) -> 'version', '10', 'late or not, the rest follows');
SELECT results_eq(
    'EXECUTE legs',
    $$
        VALUES
        (40::bigint, 3000::bigint, 'cashback', 4::bigint, 9904::bigint, 6::bigint, '@cashback'),
        (10::bigint, 6000::bigint, 'cashback', 1::bigint, 9905::bigint, 5::bigint, '@cashback'),
        (20::bigint, 6000::bigint, 'cashback', 2::bigint, 9907::bigint, 3::bigint, '@cashback'),
        (30::bigint, 7000::bigint, 'cashback', 3::bigint, 9910::bigint, 0::bigint, '@cashback')
    $$,
    'by due_at, then by payment, each with its own due_at'
);
SELECT is(pg_temp.stored() -> 'next_cashback_due', 'null', 'nothing is waited for any more');
SELECT is(pg_temp.stored() -> 'pending_cashback', '0', 'nothing is pending any more');
SELECT is_empty(
    $$
        SELECT c.payment_number
        FROM ledger.cashbacks AS c
        LEFT JOIN ledger.ledger_transactions AS t
            ON t.transaction_id = c.transaction_id AND t.account_id = c.account_id
        WHERE c.account_id = 'due.alice'
            AND (
                c.status <> 'deposited' OR t.operation IS DISTINCT FROM 'cashback'
                OR t.amount <> c.amount OR t."timestamp" <> c.due_at
            )
    $$,
    'each cashback is deposited and names its leg'
);
SELECT is(
    (
        SELECT count(DISTINCT t.transaction_id)
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'due.alice'
    ),
    10::bigint, 'each is a transaction of its own'
);
SELECT is(
    pg_temp.settle(9007199254740991) -> 'version', '10', 'a second run settles nothing twice'
);

-- Cancelled ones are not paid, whatever the status of the account
DO $given$
BEGIN
    PERFORM bank.pay('due.alice', 50, "timestamp" => 10000);
    PERFORM bank.pay('due.alice', 60, "timestamp" => 10000);
    UPDATE ledger.cashbacks AS c SET status = 'cancelled'
    WHERE c.account_id = 'due.alice' AND c.amount = 5;
    UPDATE ledger.accounts AS a SET pending_cashback = 6, status = 'blocked'
    WHERE a.account_id = 'due.alice';
END;
$given$;
SELECT is(
    pg_temp.settle(20000) - ARRAY['head', 'metadata', 'currency', 'account_id', 'created_at'],
    $${
        "status": "blocked", "collecting": false, "monitored": false, "balance": 9806, "held": 0,
        "pending_cashback": 0, "overdraft_limit": 0, "version": 13, "last_timestamp": 11000,
        "next_cashback_due": null, "next_hold_expiry": null
    }$$::jsonb,
    'a cancelled cashback is passed over; a blocked account gets what it was promised'
);

-- Holds that are over, in one order of time with the cashbacks
DO $given$
BEGIN
    PERFORM bank.create_account('due.bob', 'TAP_DUE', "timestamp" => 1000);
    PERFORM bank.deposit('due.bob', 1000, "timestamp" => 1000);
    PERFORM bank.pay('due.bob', 10, "timestamp" => 5000);
    PERFORM bank.pay('due.bob', 20, "timestamp" => 5500);
    PERFORM bank.hold('due.bob', 100, 6500, "timestamp" => 5500);
    PERFORM bank.hold('due.bob', 200, 6000, "timestamp" => 5500);
    PERFORM bank.hold('due.bob', 300, "timestamp" => 5500);
    PERFORM bank.capture_hold(h.hold_id, 40, false, "timestamp" => 5500)
    FROM bank.list_holds('due.bob') AS h WHERE h.amount = 100;
END;
$given$;
CREATE FUNCTION pg_temp.settle_bob(t bigint, most bigint, counted text) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT to_jsonb(engine.settle_due(a, t, most, counted))
    FROM ledger.accounts AS a WHERE a.account_id = 'due.bob'
$function$;
PREPARE legs_of_bob AS
SELECT t."timestamp", t.operation COLLATE "default", +t.amount, +t.held_after, t.details ->> 'released'
FROM ledger.ledger_transactions AS t
WHERE t.account_id = 'due.bob' AND t.version > 8
ORDER BY t.version;
SELECT is(pg_temp.settle_bob(5999, NULL, NULL) -> 'held', '560', 'a hold reserves until 1 ms before');
SELECT is(
    pg_temp.settle_bob(9000, 1, 'expire_hold') - ARRAY['head', 'metadata', 'created_at'],
    $${
        "account_id": "due.bob", "currency": "TAP_DUE", "status": "active", "collecting": false, "monitored": false,
        "balance": 931, "held": 360, "pending_cashback": 2, "overdraft_limit": 0, "version": 10,
        "last_timestamp": 6000, "next_cashback_due": 6500, "next_hold_expiry": 6500
    }$$::jsonb,
    'it stops after as many as asked for of those that count; others before them do not'
);
SELECT is(
    pg_temp.settle_bob(9007199254740991, NULL, NULL) -> 'next_hold_expiry', 'null',
    'all of it: no end is awaited any more'
);
SELECT results_eq(
    'EXECUTE legs_of_bob',
    $$VALUES (6000::bigint, 'cashback', 1::bigint, 560::bigint, NULL),
    (6000, 'expire_hold', 0, 360, '200'), (6500, 'cashback', 2, 360, NULL),
    (6500, 'expire_hold', 0, 300, '60')$$,
    'each with its own time; in one millisecond cashbacks first; of one captured in part, the rest'
);
SELECT results_eq(
    $$
        SELECT h.amount, h.captured, h.status, h.closed_at FROM ledger.holds AS h
        WHERE h.account_id = 'due.bob' ORDER BY h.amount
    $$,
    $$VALUES (100::bigint, 40::bigint, 'expired', 6500::bigint), (200, 0, 'expired', 6000),
    (300, 0, 'open', NULL)$$,
    'the holds say what became of them'
);

SELECT * FROM finish();
ROLLBACK;
