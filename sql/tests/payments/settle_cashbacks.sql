-- Tests of bank.settle_cashbacks.
BEGIN;
SELECT plan(44);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.settle_cashbacks'::regproc),
    '"timestamp" bigint DEFAULT NULL::bigint, "limit" bigint DEFAULT 1000',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.settle_cashbacks'::regproc), 'bank.settlement',
    'what it returns'
);
SELECT volatility_is('bank', 'settle_cashbacks', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'settle_cashbacks', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.settle_cashbacks'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.settle_cashbacks'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.settle_cashbacks'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given: everything happens near the epoch, so that nobody else's cashback is due by then
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_SETTLE', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_SETTLE', 1000, 5000);
    PERFORM bank.create_account_at('settle.a', 'TAP_SETTLE', "timestamp" => 1000);
    PERFORM bank.create_account_at('settle.b', 'TAP_SETTLE', "timestamp" => 1000);
    PERFORM bank.create_account_at('settle.c', 'TAP_SETTLE', "timestamp" => 1000);
    PERFORM bank.deposit_at('settle.a', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('settle.b', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('settle.c', 1000, "timestamp" => 1000);
    PERFORM bank.pay_at('settle.a', 10, "timestamp" => 1000);
    PERFORM bank.pay_at('settle.a', 20, "timestamp" => 1000);
    PERFORM bank.pay_at('settle.b', 30, "timestamp" => 1500);
    PERFORM bank.pay_at('settle.a', 40, "timestamp" => 2000);
    PERFORM bank.pay_at('settle.c', 50, "timestamp" => 2000);
END;
$given$;
CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        format('%s=%s+%s', right(a.account_id, 1), a.balance, a.pending_cashback), ' '
        ORDER BY a.account_id
    )
    FROM ledger.accounts AS a
    WHERE a.account_id IN ('settle.a', 'settle.b', 'settle.c')
$function$;
PREPARE settle (bigint, bigint) AS
SELECT s.settled, s.amount, s.remaining FROM bank.settle_cashbacks($1, $2) AS s;

-- Works
SELECT is(pg_temp.state(), 'a=930+7 b=970+3 c=950+5', 'four are promised, to three accounts');
SELECT results_eq(
    'EXECUTE settle(5999, 1000)', 'VALUES (0::bigint, 0::bigint, 0::bigint)',
    'one millisecond before the first is due nothing is'
);
SELECT results_eq(
    'EXECUTE settle(7000, 1)', 'VALUES (1::bigint, 1::bigint, 4::bigint)',
    'one at a time: the oldest, and how many are left'
);
SELECT is(pg_temp.state(), 'a=931+6 b=970+3 c=950+5', 'only that one');
SELECT results_eq(
    'EXECUTE settle(6999, 1000)', 'VALUES (2::bigint, 5::bigint, 0::bigint)',
    'those due by a moment, and what is due later does not remain'
);
SELECT is(pg_temp.state(), 'a=933+4 b=973+0 c=950+5', 'of both accounts');
SELECT results_eq(
    'EXECUTE settle(6999, 1000)', 'VALUES (0::bigint, 0::bigint, 0::bigint)', 'nothing twice'
);
SELECT results_eq(
    'EXECUTE settle(7000, 1)', 'VALUES (1::bigint, 4::bigint, 1::bigint)',
    'of two due at once the account first in byte order'
);
SELECT results_eq(
    'EXECUTE settle(9000, 100000)', 'VALUES (1::bigint, 5::bigint, 0::bigint)',
    'the last, late, at the largest limit'
);
SELECT is(pg_temp.state(), 'a=937+0 b=973+0 c=955+0', 'all are settled');
SELECT is(
    (
        SELECT array_agg(
            format('%s %s %s', right(t.account_id, 1), t.amount, t."timestamp")
            ORDER BY t.transaction_id
        )
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id IN ('settle.a', 'settle.b', 'settle.c') AND t.operation = 'cashback'
    ),
    ARRAY['a 1 6000', 'a 2 6000', 'b 3 6500', 'a 4 7000', 'c 5 7000'],
    'each leg has timestamp = due_at'
);
SELECT is_empty(
    $$
        SELECT a.account_id FROM ledger.accounts AS a
        WHERE a.account_id IN ('settle.a', 'settle.b', 'settle.c')
            AND (a.next_due_at IS NOT NULL OR a.pending_cashback <> 0)
    $$, 'nothing is waited for'
);
SELECT throws_ok(
    $$SELECT bank.deposit_at('settle.c', 1, "timestamp" => 6999)$$, 'TL306', 'timestamp_in_past',
    'settled cashback is history: nothing goes before it'
);
SELECT lives_ok(
    $$SET ROLE bank_operator; SELECT bank.settle_cashbacks(); RESET ROLE$$,
    'an operator settles, by the server clock'
);

-- Works for accounts that are frozen or blocked
DO $given$
BEGIN
    PERFORM bank.pay_at('settle.a', 10, "timestamp" => 10000);
    PERFORM bank.pay_at('settle.b', 20, "timestamp" => 9999);
    UPDATE ledger.accounts AS a SET status = 'frozen' WHERE a.account_id = 'settle.a';
    UPDATE ledger.accounts AS a SET status = 'blocked' WHERE a.account_id = 'settle.b';
END;
$given$;
SELECT results_eq(
    'EXECUTE settle(15000, 1)', 'VALUES (1::bigint, 2::bigint, 1::bigint)',
    'a blocked account gets what it was promised; the oldest first, whosever it is'
);
SELECT results_eq(
    'EXECUTE settle(15000, 1)', 'VALUES (1::bigint, 1::bigint, 0::bigint)',
    'so does a frozen one'
);

-- The ledger reads the same whoever settles and when: a worker each time (w), the account's next
-- operation (n), a worker that comes late but before it (l), or nobody until the end (e)
CREATE FUNCTION pg_temp.script(who text, how text) RETURNS void
LANGUAGE plpgsql AS $function$
DECLARE
    v_step record;
BEGIN
    PERFORM bank.create_account_at(who, 'TAP_SETTLE', 5000, 100000);
    PERFORM bank.create_account_at(who || '+', 'TAP_SETTLE', 5000, 100000);
    FOR v_step IN
        SELECT s.* FROM (
            VALUES (1, 'pay', 100, 100000), (2, 'pay', 200, 100000), (3, 'pay', 300, 101000),
            (4, 'transfer', 50, 105000), (5, 'withdraw', 7, 105000), (6, 'pay', 400, 105999),
            (7, 'deposit', 9, 106000), (8, 'transfer back', 3, 111000), (9, 'pay', 500, 120000),
            (10, 'deposit', 1, 124999), (11, 'deposit', 1, 125000)
        ) AS s (nr, what, amount, t)
        ORDER BY s.nr
    LOOP
        IF how = 'w' OR (how = 'l' AND v_step.nr IN (7, 10)) THEN
            PERFORM bank.settle_cashbacks(v_step.t);
        END IF;
        CASE v_step.what
            WHEN 'pay' THEN
                PERFORM bank.pay_at(who, v_step.amount, "timestamp" => v_step.t);
            WHEN 'deposit' THEN
                PERFORM bank.deposit_at(who, v_step.amount, "timestamp" => v_step.t);
            WHEN 'withdraw' THEN
                PERFORM bank.withdraw_at(who, v_step.amount, "timestamp" => v_step.t);
            WHEN 'transfer' THEN
                PERFORM bank.transfer_at(who, who || '+', v_step.amount, "timestamp" => v_step.t);
            WHEN 'transfer back' THEN
                PERFORM bank.transfer_at(who || '+', who, v_step.amount, "timestamp" => v_step.t);
        END CASE;
    END LOOP;
    PERFORM bank.settle_cashbacks(130000);
END;
$function$;
CREATE FUNCTION pg_temp.ledger(who text) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        format(
            '%s %s %s %s %s %s %s %s', t.version, t."timestamp", t.operation, t.amount,
            t.balance_after, t.held_after, t.pending_cashback_after,
            replace(t.contra_account_id, who, 'me')
        ), E'\n' ORDER BY t.account_id, t.version
    )
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id IN (who, who || '+')
$function$;
DO $given$
BEGIN
    PERFORM pg_temp.script('settle.worker', 'w');
    PERFORM pg_temp.script('settle.next', 'n');
    PERFORM pg_temp.script('settle.late', 'l');
END;
$given$;
SELECT is(
    (
        SELECT array_agg(t."timestamp" ORDER BY t.version)
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'settle.next' AND t.operation = 'cashback'
    ),
    ARRAY[105000, 105000, 106000, 110999, 125000]::bigint[], 'five cashbacks, each when due'
);
SELECT is(
    pg_temp.ledger('settle.next'), pg_temp.ledger('settle.worker'),
    'a worker on time and the next operation leave the same ledger'
);
SELECT is(
    pg_temp.ledger('settle.late'), pg_temp.ledger('settle.worker'), 'and a late worker too'
);

-- Works: a collecting account
DO $given$
BEGIN
    PERFORM bank.create_account_at('settle.shop', 'TAP_SETTLE', 1000, 200000);
    PERFORM bank.create_account_at('settle.payer', 'TAP_SETTLE', 1000, 200000);
    PERFORM bank.pay_at('settle.shop', 10, "timestamp" => 200000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'settle.shop';
    PERFORM bank.transfer_at('settle.payer', 'settle.shop', 7, "timestamp" => 201000);
END;
$given$;
CREATE TEMP TABLE before AS
SELECT m.t, bank.get_balance('settle.shop', m.t) AS balance
FROM unnest(ARRAY[199999, 200000, 200999, 201000, 204999, 205000, 206000]) AS m (t);
SELECT results_eq(
    'EXECUTE settle(206000, 1000)', 'VALUES (1::bigint, 1::bigint, 0::bigint)',
    'a collecting account is settled; what it collected is no cashback'
);
SELECT is(
    bank.get_balance('settle.shop', b.t), b.balance, format('and at %s it had what it had', b.t)
) FROM before AS b;
DO $given$
BEGIN
    PERFORM bank.pay_at('settle.shop', 20, "timestamp" => 300000);
    PERFORM bank.transfer_at('settle.payer', 'settle.shop', 7, "timestamp" => 306000);
END;
$given$;
SELECT results_eq(
    'EXECUTE settle(305000, 1000)', 'VALUES (1::bigint, 2::bigint, 0::bigint)',
    'a cashback that is settled on the way to a collected credit is counted'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.settle_cashbacks(%s, 10)', t.t), 'TL003', 'invalid_timestamp',
    'refuses the moment ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    'SELECT bank.settle_cashbacks(9007199254740991)', 'TL308', 'timestamp_in_future',
    'refuses a moment ahead of the clock: it would lead every account there'
);
SELECT throws_ok(
    format('SELECT bank.settle_cashbacks(5, %s)', l.n), 'TL007', 'invalid_argument',
    'refuses a limit of ' || l.n
) FROM unnest(ARRAY['0', '-1', '100001', 'NULL']) AS l (n);
SELECT throws_ok(
    format('SET ROLE %I; SELECT bank.settle_cashbacks()', r.role), '42501', NULL,
    r.role || ' does not settle'
) FROM unnest(ARRAY['bank_teller', 'bank_auditor']) AS r (role);

SELECT * FROM finish();
ROLLBACK;
