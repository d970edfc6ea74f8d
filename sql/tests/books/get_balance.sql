-- Tests of bank.get_balance.
BEGIN;
SELECT plan(64);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.get_balance'::regproc),
    'account_id text, "timestamp" bigint DEFAULT NULL::bigint',
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
    PERFORM bank.create_account('bal.alice', overdraft_limit => 70, "timestamp" => 1000);
    PERFORM bank.deposit('bal.alice', 1000, "timestamp" => 2000);
    PERFORM bank.pay('bal.alice', 100, "timestamp" => 3000);
    PERFORM bank.pay('bal.alice', 200, "timestamp" => 3000);
    PERFORM bank.pay('bal.alice', 300, "timestamp" => 4000);
    PERFORM bank.create_account('bal.many', "timestamp" => 1000);
    FOR i IN 1..300 LOOP
        PERFORM bank.deposit('bal.many', i, "timestamp" => 1000 + 7 * i);
    END LOOP;
    PERFORM bank.create_account('bal.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'bal.shop';
    PERFORM bank.transfer('bal.many', 'bal.shop', 5, "timestamp" => 5000);
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
DO $later$
BEGIN
    PERFORM bank.withdraw('bal.alice', 412, "timestamp" => 9007199254740991);
    PERFORM bank.deposit('bal.alice', 412, "timestamp" => 9007199254740991);
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

-- Works on an account ahead of the clock
DO $given$
BEGIN
    PERFORM bank.create_account('bal.ahead', "timestamp" => 9007199254740000);
    PERFORM bank.deposit('bal.ahead', 5, "timestamp" => 9007199254740000);
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
    format('SELECT bank.get_balance(%L)', a.id), 'TL101', 'account_not_found',
    'refuses ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['bal.nobody', 'TAP.ALICE', '@cashback', NULL]) AS a (id);

SELECT * FROM finish();
ROLLBACK;
