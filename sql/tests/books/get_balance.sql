-- Tests of bank.get_balance.
BEGIN;
SELECT plan(96);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.get_balance'::regproc),
    'account_id text, "timestamp" bigint DEFAULT NULL::bigint, by text DEFAULT ''timestamp''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.get_balance'::regproc), 'bank.balance',
    'what it returns'
);
SELECT volatility_is('bank', 'get_balance', 'stable', 'it is stable');
SELECT is_definer('bank', 'get_balance', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.get_balance'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.get_balance'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.get_balance'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given legs at 1000, 2000 and 3000, two cashbacks due at 86403000 and one at 86404000
DO $given$
BEGIN
    PERFORM bank.create_account_at('bal.alice', overdraft_limit => 70, "timestamp" => 1000);
    PERFORM bank.deposit_at('bal.alice', 1000, "timestamp" => 2000);
    PERFORM bank.pay_at('bal.alice', 100, "timestamp" => 3000);
    PERFORM bank.pay_at('bal.alice', 200, "timestamp" => 3000);
    PERFORM bank.pay_at('bal.alice', 300, "timestamp" => 4000);
    PERFORM bank.create_account_at('bal.many', "timestamp" => 1000);
    FOR i IN 1..300 LOOP
        PERFORM bank.deposit_at('bal.many', i, "timestamp" => 1000 + 7 * i);
    END LOOP;
    PERFORM bank.create_account_at('bal.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'bal.shop';
    PERFORM bank.transfer_at('bal.many', 'bal.shop', 5, "timestamp" => 5000);
END;
$given$;
PREPARE at (bigint) AS
SELECT b.balance, b.available, b.pending_cashback FROM bank.get_balance('bal.alice', $1) AS b;
CREATE FUNCTION pg_temp.expectations() RETURNS SETOF text LANGUAGE plpgsql AS $function$
DECLARE
    v_case record;
BEGIN
    FOR v_case IN
        SELECT c.* FROM (
            VALUES (0, 0, 0, 0, 'at the epoch'), (999, 0, 0, 0, '1 ms before the opening'),
            (1000, 0, 70, 0, 'at the opening'), (1999, 0, 70, 0, 'between legs'),
            (2000, 1000, 1070, 0, 'at a leg'), (2999, 1000, 1070, 0, '1 ms before the next'),
            (3000, 700, 770, 6, 'at two legs of one millisecond'),
            (3999, 700, 770, 6, 'after them'), (4000, 400, 470, 12, 'at the newest leg'),
            (86402999, 400, 470, 12, '1 ms before cashback is due'),
            (86403000, 406, 476, 6, 'when two cashbacks are due at once'),
            (86403999, 406, 476, 6, '1 ms before the third'),
            (86404000, 412, 482, 0, 'at the third'),
            (9007199254740991, 412, 482, 0, 'at the end of time')
        ) AS c (t, balance, available, pending, moment)
    LOOP
        RETURN NEXT results_eq(
            format('EXECUTE at(%s)', v_case.t),
            format(
                'VALUES (%s::bigint, %s::bigint, %s::bigint)',
                v_case.balance, v_case.available, v_case.pending
            ),
            v_case.moment
        );
    END LOOP;
END;
$function$;

-- Works, while the cashback is unposted
SELECT pg_temp.expectations();
SELECT is(
    (SELECT to_jsonb(b) FROM bank.get_balance('bal.alice', 2500) AS b),
    $${
        "account_id": "bal.alice", "balance": 1000, "available": 1070, "held": 0,
        "pending_cashback": 0, "currency": "EUR", "timestamp": 2500
    }$$::jsonb, 'the whole answer'
);
SELECT results_eq(
    $$SELECT b.balance, b.pending_cashback FROM bank.get_balance('bal.alice') AS b$$,
    'VALUES (412::bigint, 0::bigint)', 'without a moment it is as of now'
);
SELECT ok(
    b."timestamp" BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000, 'and says when that is'
) FROM bank.get_balance('bal.alice') AS b;
SELECT is(
    (SELECT count(*) FROM ledger.ledger_transactions AS t WHERE t.account_id = 'bal.alice'),
    5::bigint, 'a read posts nothing'
);

-- Works just so after settlement and a later leg: the past does not change
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86403500);
END;
$settle$;
SELECT pg_temp.expectations();
UPDATE ledger.settings AS s SET max_ahead_ms = 9007199254740991;
DO $later$
BEGIN
    PERFORM bank.withdraw_at('bal.alice', 412, "timestamp" => 9007199254740991);
    PERFORM bank.deposit_at('bal.alice', 412, "timestamp" => 9007199254740991);
END;
$later$;
SELECT pg_temp.expectations();

-- Works on a long history
SELECT is_empty(
    $$
        SELECT m.t
        FROM generate_series(990, 3110) AS m (t)
        WHERE (bank.get_balance('bal.many', m.t)).balance <> (
            SELECT coalesce(sum(l.amount), 0)
            FROM ledger.ledger_transactions AS l
            WHERE l.account_id = 'bal.many' AND l."timestamp" <= m.t
        )
    $$, 'at every millisecond of 300 legs it is the sum of the legs by then'
);

-- Works on a collecting account, before and after folding
CREATE FUNCTION pg_temp.shop() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg((bank.get_balance('bal.shop', m.t)).balance::text, ' ' ORDER BY m.t)
    FROM unnest(ARRAY[999, 1000, 4999, 5000, 9007199254740991]) AS m (t)
$function$;
SELECT is(pg_temp.shop(), '0 0 0 5 5', 'a collected credit counts from its millisecond on');
SELECT lives_ok(
    $$SELECT bank.deposit('bal.shop', 1)$$, 'folding it in, as every operation of the account does'
);
SELECT is(pg_temp.shop(), '0 0 0 5 6', 'does not change the past');

-- Works by value date, at the edges: 7 counted before the opening, 20 later than it was posted, 300
-- when it was posted, 4000 from 1600 to 2600, when it is taken back
DO $given$
BEGIN
    PERFORM bank.create_account_at('bal.val', overdraft_limit => 10, "timestamp" => 1000);
    PERFORM bank.deposit_at('bal.val', 7, 500, "timestamp" => 1000);
    PERFORM bank.deposit_at('bal.val', 20, 3000, "timestamp" => 2000);
    PERFORM bank.deposit_at('bal.val', 300, 2000, "timestamp" => 2000);
    PERFORM bank.reverse_transaction(
        (bank.deposit_at('bal.val', 4000, 1600, "timestamp" => 2500)).transaction_id,
        'not his', value_at => 2600, "timestamp" => 2700
    );
END;
$given$;
SELECT results_eq(
    format(
        $$
            SELECT v.balance, v.available, t.balance
            FROM bank.get_balance('bal.val', %s, 'value_at') AS v
            CROSS JOIN bank.get_balance('bal.val', %1$s) AS t
        $$, c.t
    ),
    format('VALUES (%s::bigint, %s::bigint, %s::bigint)', c.by_value, c.available, c.balance),
    format('by value and by timestamp at %s', c.t)
) FROM (
    VALUES (0, 0, 0, 0), (499, 0, 0, 0), (500, 7, 7, 0), (501, 7, 7, 0), (999, 7, 7, 0),
    (1000, 7, 17, 7), (1001, 7, 17, 7), (1599, 7, 17, 7), (1600, 4007, 4017, 7),
    (1999, 4007, 4017, 7), (2000, 4307, 4317, 327), (2001, 4307, 4317, 327),
    (2499, 4307, 4317, 327), (2500, 4307, 4317, 4327), (2599, 4307, 4317, 4327),
    (2600, 307, 317, 4327), (2699, 307, 317, 4327), (2700, 307, 317, 327),
    (2999, 307, 317, 327), (3000, 327, 337, 327), (3001, 327, 337, 327),
    (9007199254740991, 327, 337, 327)
) AS c (t, by_value, available, balance);
SELECT is(
    (SELECT b.balance FROM bank.get_balance('bal.val', by => 'value_at') AS b), 327::bigint,
    'and as of now'
);

-- Works by value date whatever is due: a cashback, and credits that are collected in time or late
DO $given$
BEGIN
    PERFORM bank.create_account_at('bal.store', "timestamp" => 1000);
    PERFORM bank.deposit_at('bal.store', 1000, 1200, "timestamp" => 1001);
    PERFORM bank.pay_at('bal.store', 100, value_at => 1500, "timestamp" => 1002);
    PERFORM bank.set_collecting('bal.store', true, "timestamp" => 1003);
    PERFORM bank.transfer_at('bal.many', 'bal.store', 1, "timestamp" => 6000);
    PERFORM bank.transfer_at('bal.many', 'bal.store', 2, 1100, "timestamp" => 6001);
    PERFORM bank.transfer_at('bal.many', 'bal.store', 3, 7000, "timestamp" => 6002);
    -- As if another payer had committed first, and it had been folded
    INSERT INTO ledger.collected_credits (
        transaction_id, leg, "timestamp", amount, value_at, account_id, operation,
        contra_account_id, actor
    )
    VALUES
    (2000000001, 1, 1001, 4, NULL, 'bal.store', 'transfer', 'bal.many', 'x'),
    (2000000002, 1, 1001, 5, 900, 'bal.store', 'transfer', 'bal.many', 'x'),
    (2000000003, 1, 1001, 6, 1250, 'bal.store', 'transfer', 'bal.many', 'x');
END;
$given$;
CREATE TEMP TABLE store AS
SELECT
    m.t,
    (bank.get_balance('bal.store', m.t)).balance,
    (bank.get_balance('bal.store', m.t, 'value_at')).balance AS by_value
FROM unnest(
    ARRAY[0, 899, 900, 86401001, 86401002, 86401003]::bigint[]
    || ARRAY(SELECT generate_series(990, 1510)) || ARRAY(SELECT generate_series(5998, 7002))
) AS m (t);
DO $fold$
BEGIN
    PERFORM bank.deposit_at('bal.store', 1000, 90000001, "timestamp" => 90000000);
END;
$fold$;
SELECT is_empty(
    $$
        SELECT s.* FROM store AS s
        WHERE (
            s.balance, s.by_value
        ) <> (
            (bank.get_balance('bal.store', s.t)).balance,
            (bank.get_balance('bal.store', s.t, 'value_at')).balance
        )
    $$, 'once it is folded and settled, all reads the same'
);
SELECT is_empty(
    $$
        SELECT s.* FROM store AS s
        WHERE s.by_value <> (
            SELECT coalesce(sum(l.amount), 0)
            FROM ledger.ledger_transactions AS l
            WHERE l.account_id = 'bal.store' AND coalesce(l.value_at, l."timestamp") <= s.t
        )
    $$, 'at each moment it is the sum of the legs with a value date by then'
);
SELECT is(
    (SELECT array_agg(s.by_value ORDER BY s.t) FROM store AS s WHERE s.t IN (899, 900, 1250, 7000)),
    ARRAY[0, 5, 1017, 921]::bigint[], 'credits that are collected count from their value dates on'
);

-- Works by value date without changing the past of the other reading
CREATE TEMP TABLE past AS
SELECT b.* FROM generate_series(0, 3500, 100) AS m (t)
CROSS JOIN LATERAL bank.get_balance('bal.val', m.t) AS b;
DO $given$
BEGIN
    PERFORM bank.withdraw_at('bal.val', 100, 1500, "timestamp" => 4000);
END;
$given$;
SELECT is_empty(
    $$SELECT p.* FROM past AS p EXCEPT SELECT b.* FROM past AS p
        CROSS JOIN LATERAL bank.get_balance('bal.val', p."timestamp") AS b$$,
    'a withdrawal booked later leaves every past balance by timestamp'
);
SELECT is(
    (bank.get_balance('bal.val', 1500, 'value_at')).balance, -93::bigint,
    'by value date it may be less than the account ever had'
);

-- Works on an account ahead of the clock
DO $given$
BEGIN
    PERFORM bank.create_account_at('bal.ahead', "timestamp" => 9007199254740000);
    PERFORM bank.deposit_at('bal.ahead', 5, "timestamp" => 9007199254740000);
END;
$given$;
SELECT results_eq(
    $$SELECT b.balance, b."timestamp" FROM bank.get_balance('bal.ahead') AS b$$,
    'VALUES (5::bigint, 9007199254740000)', 'without a moment it is as of its newest leg'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.get_balance(%L, %s)', 'bal.alice', t.t), 'TL003', 'invalid_timestamp',
    'refuses the moment ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    format('SELECT bank.get_balance(%L, by => %L)', 'bal.alice', b.by), 'TL007', 'invalid_argument',
    'refuses to read by ' || coalesce(b.by, 'nothing')
) FROM unnest(ARRAY['Timestamp', 'recorded_at', '', NULL]) AS b (by);
SELECT throws_ok(
    format('SELECT bank.get_balance(%L)', a.id), 'TL101', 'account_not_found',
    'refuses ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['bal.nobody', 'TAP.ALICE', '@cashback', NULL]) AS a (id);

SELECT * FROM finish();
ROLLBACK;
