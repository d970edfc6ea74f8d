-- Tests of collecting accounts as their readers see them: whether a credit is folded into the log
-- yet makes no difference to any balance, history, statement or sum, as of any moment.
BEGIN;
SELECT plan(111);

-- Given a merchant who is paid, by way of every operation that collects, while a cashback of its
-- own falls due in between
DO $given$
BEGIN
    PERFORM bank.create_currency('TAP_COLL', 2);
    PERFORM bank.set_cashback_policy('TAP_COLL', 1000, 1500);
    PERFORM bank.create_account_at('coll.' || n.name, 'TAP_COLL', 0, 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop']) AS n (name);
    PERFORM bank.deposit_at('coll.' || n.name, 1000, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'shop']) AS n (name);
    PERFORM bank.pay_at('coll.shop', 500, "timestamp" => 1000);
    PERFORM bank.set_collecting('coll.shop', true, 1500);
    PERFORM bank.transfer_at(
        'coll.alice', 'coll.shop', 10, "timestamp" => 2000, metadata => '{"m": 1}'
    );
    PERFORM bank.pay_at('coll.bob', 20, 'coll.shop', 1, "timestamp" => 2000);
    PERFORM bank.pay_at('coll.alice', 30, 'coll.shop', "timestamp" => 2500);
    PERFORM bank.capture_hold_at(h.hold_id, "timestamp" => 3000)
    FROM bank.hold_at('coll.bob', 40, target_account_id => 'coll.shop', "timestamp" => 2900) AS h;
    PERFORM bank.transfer_at('coll.bob', 'coll.shop', 50, "timestamp" => 3000);
END;
$given$;
CREATE FUNCTION pg_temp.reads(t bigint) RETURNS TABLE (name text, answer jsonb)
LANGUAGE sql AS $function$
    SELECT 'get_balance', to_jsonb(b) FROM bank.get_balance('coll.shop', t) AS b
    UNION ALL
    SELECT 'list_balances', jsonb_agg(to_jsonb(b) ORDER BY b.account_id)
    FROM bank.list_balances(t, 3, 'coll.') AS b
    UNION ALL
    SELECT 'list_transactions', jsonb_agg(
        to_jsonb(l) - ARRAY['hash', 'recorded_at', 'deposited', 'details']
        - CASE l.operation
            WHEN 'cashback' THEN ARRAY['transaction_id', 'actor'] ELSE '{}'
        END
        ORDER BY l.version
    )
    FROM bank.list_transactions('coll.shop', t) AS l
    UNION ALL
    SELECT 'get_statement', to_jsonb(s) - 'transactions'
    FROM bank.get_statement('coll.shop', 1500, t + 1) AS s
    UNION ALL
    SELECT 'balance_history', jsonb_agg(to_jsonb(h) ORDER BY h.since)
    FROM bank.balance_history('coll.shop', 1000, t + 1, 7) AS h
    UNION ALL
    SELECT 'trial_balance', jsonb_agg(to_jsonb(r) ORDER BY r.account_id)
    FROM bank.trial_balance('TAP_COLL', t) AS r
    UNION ALL
    SELECT 'get_account',
        to_jsonb(a) - ARRAY['version', 'head', 'last_timestamp', 'next_cashback_due']
    FROM bank.get_account('coll.shop') AS a
    UNION ALL
    SELECT 'list_accounts', jsonb_agg(
        to_jsonb(a) - ARRAY['version', 'head', 'last_timestamp', 'next_cashback_due']
        ORDER BY a.account_id
    )
    FROM bank.list_accounts(3, 'coll.') AS a
    UNION ALL
    SELECT 'legs', jsonb_agg(
        to_jsonb(l) - ARRAY['version', 'hash', 'recorded_at', 'details', 'balance_after']
        ORDER BY l.transaction_id, l.account_id, l.amount
    )
    FROM bank.legs AS l
    WHERE 'coll.shop' IN (l.account_id, l.contra_account_id) AND l.operation <> 'cashback'
        AND l."timestamp" <= t
$function$;
CREATE TEMP TABLE moment AS
SELECT t.t FROM unnest(
    ARRAY[1500, 1999, 2000, 2499, 2500, 2501, 2999, 3000, 3001, 9000]::bigint[]
) AS t (t);
CREATE TEMP TABLE before AS
SELECT m.t, r.name, r.answer FROM moment AS m CROSS JOIN LATERAL pg_temp.reads(m.t) AS r;

-- Works: what is collected counts from its moment on
SELECT is(
    (SELECT count(*) FROM ledger.collected_credits AS c WHERE c.account_id = 'coll.shop'),
    5::bigint, 'five credits are collected'
);
SELECT is(
    (b.answer ->> 'balance')::bigint, e.balance, 'the balance as of ' || e.t
) FROM (
    VALUES (1500::bigint, 500::bigint), (1999, 500), (2000, 530), (2499, 530), (2500, 610),
    (2999, 610), (3000, 700), (9000, 700)
) AS e (t, balance)
INNER JOIN before AS b ON b.t = e.t AND b.name = 'get_balance';
SELECT is(
    (
        SELECT array_agg(
            concat_ws(
                ' ', l ->> 'operation', l ->> 'amount', l ->> 'balance_after', l ->> 'version'
            )
            ORDER BY l -> 'version'
        )
        FROM before AS b CROSS JOIN LATERAL jsonb_array_elements(b.answer) AS l
        WHERE b.t = 9000 AND b.name = 'list_transactions'
    ), ARRAY[
        'open 0 0 1', 'deposit 1000 1000 2', 'pay -500 500 3', 'set_collecting 0 500 4',
        'transfer 10 510 5', 'pay 20 530 6', 'cashback 50 580 7', 'pay 30 610 8',
        'capture 40 650 9', 'transfer 50 700 10'
    ], 'the history has the lines that folding will post, with the versions they will have'
);
SELECT is(
    (
        SELECT +g.amount
        FROM bank.get_transaction((l ->> 'transaction_id')::bigint) AS g
        WHERE g.account_id = 'coll.shop'
    ), (l ->> 'amount')::bigint, 'each can be looked up: ' || (l ->> 'operation')
) FROM before AS b CROSS JOIN LATERAL jsonb_array_elements(b.answer) AS l
WHERE b.t = 9000 AND b.name = 'list_transactions' AND l ->> 'operation' <> 'cashback'
ORDER BY l -> 'version';

-- Works: folding changes no answer
DO $given$
BEGIN
    PERFORM bank.fold_collected();
END;
$given$;
SELECT is(
    (SELECT count(*) FROM ledger.collected_credits AS c WHERE c.account_id = 'coll.shop'),
    0::bigint, 'they are folded'
);
SELECT is(
    r.answer, b.answer, format('%s as of %s', b.name, b.t)
) FROM before AS b
CROSS JOIN LATERAL pg_temp.reads(b.t) AS r
WHERE r.name = b.name
ORDER BY b.name, b.t;
SELECT is_empty('SELECT v.* FROM bank.verify_ledger() AS v WHERE NOT v.ok', 'the books are intact');

SELECT * FROM finish();
ROLLBACK;
