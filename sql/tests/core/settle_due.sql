-- Tests of engine.settle_due.
BEGIN;
SELECT plan(50);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.settle_due'::regproc),
    'account_id text, "timestamp" bigint, "limit" bigint DEFAULT NULL::bigint, only_collected boolean DEFAULT false',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.settle_due'::regproc), 'bigint', 'what it returns'
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
    PERFORM bank.create_account_at('due.alice', 'TAP_DUE', "timestamp" => 1000);
    PERFORM bank.deposit_at('due.alice', 10000, "timestamp" => 1000);
    PERFORM bank.pay_at('due.alice', 10, "timestamp" => 1000);
    PERFORM bank.pay_at('due.alice', 20, "timestamp" => 1000);
    PERFORM bank.pay_at('due.alice', 30, "timestamp" => 2000);
    UPDATE ledger.cashback_policies AS p SET delay_ms = 1000 WHERE p.currency = 'TAP_DUE';
    PERFORM bank.pay_at('due.alice', 40, "timestamp" => 2000);
END;
$given$;
CREATE TEMP TABLE before AS SELECT a.* FROM ledger.accounts AS a WHERE a.account_id = 'due.alice';
CREATE TEMP TABLE payment AS
SELECT p.payment_number, p.amount FROM ledger.payments AS p WHERE p.account_id = 'due.alice';
CREATE FUNCTION pg_temp.stored(who text DEFAULT 'due.alice') RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = who
$function$;
PREPARE legs AS
SELECT +p.amount AS paid, t."timestamp", t.operation COLLATE "default", +t.amount, +t.balance_after,
    +t.pending_cashback_after, t.contra_account_id COLLATE "default"
FROM ledger.ledger_transactions AS t
INNER JOIN payment AS p ON t.payment_ref = 'payment' || p.payment_number
WHERE t.account_id = 'due.alice' AND t.version > 6
ORDER BY t.version;

-- Works
SELECT is(pg_temp.stored() -> 'pending_cashback', '10', 'four are pending');
SELECT is(
    pg_temp.stored() -> 'next_due_at', '3000', 'the one paid last is the first to fall due'
);
SELECT is(
    engine.settle_due('due.alice', 2999), 0::bigint, 'one millisecond before due nothing happens'
);
SELECT is(pg_temp.stored(), (SELECT to_jsonb(b) FROM before AS b), 'nothing at all');
SELECT is(engine.settle_due('due.alice', 3000), 1::bigint, 'it returns how many were posted');
SELECT results_eq(
    'EXECUTE legs',
    $$
        VALUES
        (40::bigint, 3000::bigint, 'cashback', 4::bigint, 9904::bigint, 6::bigint, '@cashback')
    $$,
    'at due its leg is there, with timestamp = due_at'
);
SELECT is(pg_temp.stored() -> 'next_due_at', '6000', 'and the next one is waited for');
SELECT is(pg_temp.stored() -> 'last_timestamp', '3000', 'the newest leg is the cashback''s');
SELECT is(engine.settle_due('due.alice', 6500, 1), 1::bigint, 'at most limit are settled');
SELECT is(
    pg_temp.stored() -> 'next_due_at', '6000', 'another one of the same millisecond waits'
);
SELECT is(
    engine.settle_due('due.alice', 9007199254740991), 2::bigint, 'late or not, the rest follows'
);
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
SELECT is(pg_temp.stored() -> 'next_due_at', 'null', 'nothing is waited for any more');
SELECT is(pg_temp.stored() -> 'pending_cashback', '0', 'nothing is pending any more');
SELECT is_empty(
    $$
        SELECT c.payment_number
        FROM engine.cashbacks AS c
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
    engine.settle_due('due.alice', 9007199254740991), 0::bigint,
    'a second run settles nothing twice'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY[
            'transaction_id', 'recorded_at', 'hash', 'key_hash', 'payment_ref', 'actor'
        ]
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'due.alice' AND t.version = 7
    ),
    $${
        "account_id": "due.alice", "version": 7, "leg": 1, "timestamp": 3000, "value_at": null,
        "operation": "cashback", "amount": 4, "balance_after": 9904, "held_after": 0,
        "pending_cashback_after": 6, "overdraft_limit_after": 0, "contra_account_id": "@cashback",
        "refers_to": null, "folded_in": null, "on_behalf_of": null, "metadata": null,
        "posting_metadata": null, "details": null, "hash_version": 1
    }$$::jsonb, 'the whole of such a leg'
);

-- Cancelled ones are not paid, whatever the status of the account
DO $given$
BEGIN
    PERFORM bank.pay_at('due.alice', 50, "timestamp" => 10000);
    PERFORM bank.pay_at('due.alice', 60, "timestamp" => 10000);
    UPDATE ledger.payments AS p SET cashback_status = 'cancelled'
    WHERE p.account_id = 'due.alice' AND p.cashback = 5;
    UPDATE ledger.accounts AS a SET pending_cashback = 6, status = 'blocked'
    WHERE a.account_id = 'due.alice';
END;
$given$;
SELECT is(engine.settle_due('due.alice', 20000), 1::bigint, 'a cancelled cashback is passed over');
SELECT is(
    pg_temp.stored() - ARRAY['head', 'metadata', 'currency', 'account_id', 'created_at'],
    $${
        "status": "blocked", "collecting": false, "monitored": false, "rewound": false, "balance": 9806, "held": 0,
        "pending_cashback": 0, "overdraft_limit": 0, "version": 13, "last_timestamp": 11000,
        "next_due_at": null
    }$$::jsonb,
    'a blocked account gets what it was promised'
);

-- Holds that are over, in one order of time with the cashbacks
DO $given$
BEGIN
    PERFORM bank.create_account_at('due.bob', 'TAP_DUE', "timestamp" => 1000);
    PERFORM bank.deposit_at('due.bob', 1000, "timestamp" => 1000);
    PERFORM bank.pay_at('due.bob', 10, "timestamp" => 5000);
    PERFORM bank.pay_at('due.bob', 20, "timestamp" => 5500);
    PERFORM bank.hold_at('due.bob', 100, expires_at => 6500, "timestamp" => 5500);
    PERFORM bank.hold_at('due.bob', 200, expires_at => 6000, "timestamp" => 5500);
    PERFORM bank.hold_at('due.bob', 300, "timestamp" => 5500);
    PERFORM bank.capture_hold_at(h.hold_id, 40, final => false, "timestamp" => 5500)
    FROM bank.list_holds('due.bob') AS h WHERE h.amount = 100;
END;
$given$;
PREPARE legs_of_bob AS
SELECT t."timestamp", t.operation COLLATE "default", +t.amount, +t.held_after, t.details ->> 'released'
FROM ledger.ledger_transactions AS t
WHERE t.account_id = 'due.bob' AND t.version > 8
ORDER BY t.version;
SELECT is(
    engine.settle_due('due.bob', 5999), 0::bigint, 'a hold reserves until 1 ms before'
);
SELECT is(engine.settle_due('due.bob', 9000, 2), 2::bigint, 'two, of whatever kind');
SELECT is(
    pg_temp.stored('due.bob') - ARRAY['head', 'metadata', 'created_at'],
    $${
        "account_id": "due.bob", "currency": "TAP_DUE", "status": "active", "collecting": false,
        "monitored": false, "rewound": false, "balance": 931, "held": 360, "pending_cashback": 2,
        "overdraft_limit": 0, "version": 10, "last_timestamp": 6000, "next_due_at": 6500
    }$$::jsonb,
    'and what is next is waited for'
);
SELECT is(engine.settle_due('due.bob', 9007199254740991), 2::bigint, 'all of it');
SELECT is(pg_temp.stored('due.bob') -> 'next_due_at', 'null', 'no end is awaited any more');
SELECT results_eq(
    'EXECUTE legs_of_bob',
    $$VALUES (6000::bigint, 'cashback', 1::bigint, 560::bigint, NULL),
    (6000, 'expire_hold', 0, 360, '200'), (6500, 'cashback', 2, 360, NULL),
    (6500, 'expire_hold', 0, 300, '60')$$,
    'each with its own time; in one millisecond cashbacks first; of one captured in part, the rest'
);
SELECT results_eq(
    $$
        SELECT +h.amount, h.captured, h.status::text, h.closed_at FROM ledger.holds AS h
        WHERE h.account_id = 'due.bob' ORDER BY h.amount
    $$,
    $$VALUES (100::bigint, 40::bigint, 'expired', 6500::bigint), (200, 0, 'expired', 6000),
    (300, 0, 'open', NULL)$$,
    'the holds say what became of them'
);

-- What was collected, in one order of time with all that
DO $given$
BEGIN
    UPDATE ledger.cashback_policies AS p SET delay_ms = 5000 WHERE p.currency = 'TAP_DUE';
    PERFORM bank.create_account_at('due.shop', 'TAP_DUE', "timestamp" => 1000);
    PERFORM bank.create_account_at('due.full', 'TAP_DUE', "timestamp" => 1000);
    PERFORM bank.deposit_at('due.shop', 1000, "timestamp" => 1000);
    PERFORM bank.pay_at('due.shop', 100, "timestamp" => 3000);
    UPDATE ledger.accounts AS a SET collecting = true
    WHERE a.account_id IN ('due.shop', 'due.full');
    INSERT INTO ledger.collected_credits (
        account_id, transaction_id, leg, "timestamp", operation, amount, contra_account_id,
        payment_ref, actor, on_behalf_of, value_at, metadata, posting_metadata, details
    )
    SELECT
        c.account_id, 2000000000 + c.id, 2, c.t, 'transfer', c.amount, 'due.bob', NULL, 'teller',
        NULL, NULL, NULL, NULL, NULL
    FROM (
        VALUES ('due.shop', 21, 9000, 1), ('due.shop', 22, 4000, 3), ('due.shop', 24, 2000, 4),
        ('due.full', 25, 2000, 9007199254740991), ('due.full', 26, 3000, 1)
    ) AS c (account_id, id, t, amount)
    UNION ALL
    VALUES (
        'due.shop', 2000000023, 4, 4000, 'pay', 2, 'due.bob', 'payment7', 'teller', 'eve', 7,
        '{"m": 1}'::jsonb, '{"p": 1}'::jsonb, '{"d": 1}'::jsonb
    );
END;
$given$;
CREATE FUNCTION pg_temp.collected(who text) RETURNS bigint[] LANGUAGE sql AS $function$
    SELECT array_agg(c.transaction_id - 2000000000 ORDER BY c.transaction_id)
    FROM ledger.collected_credits AS c WHERE c.account_id = who
$function$;
CREATE FUNCTION pg_temp.legs_of_shop() RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(
        format('%s %s %s=%s %s', CASE t.operation WHEN 'cashback' THEN 0
            ELSE t.transaction_id - 2000000000 END, t."timestamp", t.amount, t.balance_after,
            t.details) ORDER BY t.version
    )
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'due.shop' AND t.version > 3
$function$;
SELECT is(engine.settle_due('due.shop', 9999, 2), 2::bigint, 'two collected credits');
SELECT is(
    pg_temp.legs_of_shop(), ARRAY['24 3000 4=904 {"credited_at": 2000}', '22 4000 3=907 '],
    'the oldest, of which one that came late counts from the newest leg'
);
SELECT is(pg_temp.collected('due.shop'), ARRAY[21, 23]::bigint[], 'the others stay');
SELECT is(engine.settle_due('due.shop', 8999), 2::bigint, 'then what is due by a moment');
SELECT is(engine.settle_due('due.shop', 9000), 1::bigint, 'and the rest');
SELECT is(
    pg_temp.legs_of_shop(), ARRAY[
        '24 3000 4=904 {"credited_at": 2000}', '22 4000 3=907 ', '23 4000 2=909 {"d": 1}',
        '0 8000 10=919 ', '21 9000 1=920 '
    ], 'by time, then by transaction; cashback that fell due in between stands in between'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY['hash', 'key_hash', 'recorded_at', 'folded_in']
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'due.shop' AND t.version = 6
    ),
    $${
        "account_id": "due.shop", "version": 6, "transaction_id": 2000000023, "leg": 4,
        "timestamp": 4000, "value_at": 7, "operation": "pay", "amount": 2, "balance_after": 909,
        "held_after": 0, "pending_cashback_after": 10, "overdraft_limit_after": 0,
        "contra_account_id": "due.bob", "payment_ref": "payment7", "refers_to": null,
        "actor": "teller", "on_behalf_of": "eve", "metadata": {"m": 1},
        "posting_metadata": {"p": 1}, "details": {"d": 1}, "hash_version": 1
    }$$::jsonb, 'a leg says all that the credit said, and who made it'
);
SELECT is(
    (
        SELECT array_agg(coalesce(f.nth, 0) ORDER BY f.version)
        FROM (
            SELECT
                t.version,
                CASE WHEN t.folded_in IS NOT NULL
                    THEN dense_rank() OVER (ORDER BY t.folded_in NULLS FIRST) - 1
                END AS nth
            FROM ledger.ledger_transactions AS t
            WHERE t.account_id = 'due.shop' AND t.version > 3
        ) AS f
    ), ARRAY[1, 2, 3, 0, 4]::bigint[],
    'each that was collected notes an id drawn under the lock, which rises with the versions'
);
SELECT ok(
    (
        SELECT max(t.folded_in) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'due.shop'
    ) <= (SELECT s.last_value FROM ledger.transaction_seq AS s), 'of the one sequence'
);
SELECT is(pg_temp.collected('due.shop'), NULL, 'nothing is left');
SELECT is(engine.settle_due('due.full', 9000), 1::bigint, 'what would not fit');
SELECT is(pg_temp.collected('due.full'), ARRAY[26]::bigint[], 'stays collected');
DO $given$
BEGIN
    PERFORM bank.withdraw_at('due.full', 1, "timestamp" => 9000);
END;
$given$;
SELECT is(engine.settle_due('due.full', 9000), 1::bigint, 'until there is room');

-- Monitors look at each transaction
DO $given$
BEGIN
    PERFORM bank.create_account_at('due.watched', 'TAP_DUE', "timestamp" => 1000);
    PERFORM bank.deposit_at('due.watched', 1000, "timestamp" => 1000);
    PERFORM bank.pay_at('due.watched', 100, "timestamp" => 1000);
    PERFORM bank.pay_at('due.watched', 200, "timestamp" => 1000);
    PERFORM bank.create_monitor_at('due.watched', 'balance', 'gte', 710, "timestamp" => 1000);
END;
$given$;
SELECT is(engine.settle_due('due.watched', 9000), 3::bigint, 'what a monitor says is a leg too');
SELECT results_eq(
    $$
        SELECT t.operation COLLATE "default", t."timestamp", +t.amount
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'due.watched' AND t.version > 5
        ORDER BY t.version
    $$,
    $$VALUES ('cashback', 6000::bigint, 10::bigint), ('monitor', 6000, 0), ('cashback', 6000, 20)$$,
    'in the transaction in which it spoke up'
);

-- More than are posted at once
DO $given$
BEGIN
    PERFORM bank.create_account_at('due.many', 'TAP_DUE', "timestamp" => 1000);
    INSERT INTO ledger.collected_credits (
        account_id, transaction_id, leg, "timestamp", operation, amount, contra_account_id, actor
    )
    SELECT
        'due.many', nextval('ledger.transaction_seq'), 2, 2000 + n, 'transfer', 1, 'due.bob', 'x'
    FROM generate_series(1, 20005) AS n;
END;
$given$;
SELECT is(engine.settle_due('due.many', 90000, 10002), 10002::bigint, 'as many as were asked for');
SELECT is(engine.settle_due('due.many', 90000), 10003::bigint, 'and all others, however many');
SELECT is(
    (
        SELECT array[count(*), max(t.version), max(t.balance_after), count(DISTINCT t.folded_in)]
        FROM (
            SELECT t.*, lag(t.folded_in) OVER (ORDER BY t.version) AS before
            FROM ledger.ledger_transactions AS t
            WHERE t.account_id = 'due.many' AND t.folded_in IS NOT NULL
        ) AS t
        WHERE coalesce(t.before < t.folded_in, true) AND t.balance_after = t.version - 1
    ), ARRAY[20005, 20006, 20005, 20005]::bigint[], 'each once, in order'
);

SELECT * FROM finish();
ROLLBACK;
