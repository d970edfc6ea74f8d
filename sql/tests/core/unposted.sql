-- Tests of engine.unposted.
BEGIN;
SELECT plan(21);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.unposted'::regproc),
    'account ledger.accounts, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.unposted'::regproc), 'SETOF bank.history_line',
    'what it returns'
);
SELECT volatility_is('engine', 'unposted', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'unposted', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.unposted'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two cashbacks due at one moment and one later
DO $given$
BEGIN
    PERFORM bank.create_account_at('un.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('un.alice', 10000, "timestamp" => 1000);
    PERFORM bank.pay_at('un.alice', 100, "timestamp" => 1000);
    PERFORM bank.pay_at('un.alice', 200, "timestamp" => 1000);
    PERFORM bank.pay_at('un.alice', 300, "timestamp" => 2000);
END;
$given$;
PREPARE lines (bigint) AS
SELECT u."timestamp", u.amount, u.balance_after, u.version
FROM engine.unposted(engine.read_account('un.alice'), $1) AS u
ORDER BY u.version;

-- Works
SELECT is_empty('EXECUTE lines(86400999)', 'nothing one millisecond before due');
SELECT results_eq(
    'EXECUTE lines(86401000)',
    $$
        VALUES (86401000::bigint, 2::bigint, 9402::bigint, 6::bigint),
        (86401000, 4, 9406, 7)
    $$,
    'both of one moment once it is there, with the balances and versions they will get'
);
SELECT results_eq(
    'EXECUTE lines(86402000)',
    $$
        VALUES (86401000::bigint, 2::bigint, 9402::bigint, 6::bigint),
        (86401000, 4, 9406, 7), (86402000, 6, 9412, 8)
    $$,
    'then the later one'
);
CREATE TEMP TABLE promised AS
SELECT u.* FROM engine.unposted(engine.read_account('un.alice'), 86402000) AS u;
SELECT is(
    (
        SELECT jsonb_agg(DISTINCT to_jsonb(p) - ARRAY[
            'timestamp', 'amount', 'balance_after', 'version', 'payment_ref', 'value_at'
        ]) FROM promised AS p
        WHERE p.value_at = p."timestamp"
    ),
    $$[{
        "transaction_id": null, "recorded_at": null, "operation": "cashback",
        "contra_account_id": "@cashback", "deposited": false, "refers_to": null,
        "metadata": null, "posting_metadata": null, "details": null, "hash": null
    }]$$::jsonb,
    'marked as not deposited, without an id, a recording time or a hash'
);
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86402000);
END;
$settle$;
SELECT is_empty('EXECUTE lines(86402000)', 'nothing once settled');
SELECT is_empty(
    $$
        SELECT p."timestamp", p.amount, p.balance_after, p.version, p.payment_ref,
            p.operation, p.contra_account_id
        FROM promised AS p
        EXCEPT
        SELECT t."timestamp", t.amount, t.balance_after, t.version, t.payment_ref,
            t.operation, t.contra_account_id
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'un.alice'
    $$,
    'and what was posted is what was shown'
);

-- Works on a collecting account: one credit in time, one that came late
DO $given$
BEGIN
    PERFORM bank.create_account_at('un.shop', "timestamp" => 1000);
    PERFORM bank.deposit_at('un.shop', 100, "timestamp" => 5000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'un.shop';
    INSERT INTO ledger.collected_credits (
        account_id, transaction_id, leg, "timestamp", value_at, operation, amount,
        contra_account_id, actor, on_behalf_of, metadata, posting_metadata
    )
    VALUES
    (
        'un.shop', 2000000001, 2, 6000, 3000, 'transfer', 7, 'un.alice', 'eve', 'carol',
        '{"m": 1}', '{"p": 1}'
    ),
    ('un.shop', 2000000002, 2, 4000, NULL, 'transfer', 8, 'un.alice', 'eve', NULL, NULL, NULL);
END;
$given$;
CREATE FUNCTION pg_temp.shop(t bigint) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        format('%s %s at %s=%s %s %s %s %s %s %s', l.version, l.amount, l."timestamp",
            l.balance_after, l.transaction_id, l.value_at,
            (
                SELECT g.actor FROM bank.legs AS g
                WHERE g.transaction_id = l.transaction_id AND g.account_id = 'un.shop'
            ), l.metadata, l.posting_metadata, l.details),
        ', ' ORDER BY l.version
    )
    FROM (
        SELECT u.* FROM engine.unposted(engine.read_account('un.shop'), t) AS u
        UNION ALL
        SELECT h.* FROM bank.list_transactions('un.shop', t, NULL, 2) AS h WHERE h.hash IS NOT NULL
    ) AS l
$function$;
CREATE TEMP TABLE shop AS
SELECT m.t, pg_temp.shop(m.t) AS lines
FROM unnest(ARRAY[999, 3999, 4000, 4999, 5000, 5999, 6000]) AS m (t);
SELECT is(
    s.lines,
    CASE
        WHEN s.t >= 5000 THEN '3 8 at 5000=108 2000000002 5000 eve   {"credited_at": 4000}'
            || CASE WHEN s.t >= 6000
                THEN ', 4 7 at 6000=115 2000000001 3000 eve/carol {"m": 1} {"p": 1} '
                ELSE ''
            END
    END,
    format('collected credits at %s, the late one at the time of the newest leg', s.t)
) FROM shop AS s;
DO $fold$
BEGIN
    PERFORM engine.settle_due('un.shop', 6000);
END;
$fold$;
SELECT is_empty(
    'SELECT s.t FROM shop AS s WHERE s.lines IS DISTINCT FROM pg_temp.shop(s.t)',
    'and once folded the log says the same'
);

-- Holds that are over, in their place among cashbacks and collected credits
DO $given$
BEGIN
    PERFORM bank.create_account_at('unposted.shop', "timestamp" => 1000);
    PERFORM bank.deposit_at('unposted.shop', 1000, "timestamp" => 1000);
    PERFORM bank.pay_at('unposted.shop', 100, "timestamp" => 1000);
    PERFORM bank.hold_at('unposted.shop', 30, expires_at => 86401000, "timestamp" => 1000);
    PERFORM bank.hold_at('unposted.shop', 40, expires_at => 86400000, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'unposted.shop';
    PERFORM bank.create_account_at('unposted.dave', "timestamp" => 1000);
    PERFORM bank.deposit_at('unposted.dave', 1000, "timestamp" => 1000);
    PERFORM bank.transfer_at('unposted.dave', 'unposted.shop', 5, "timestamp" => 86401000);
    PERFORM bank.transfer_at('unposted.dave', 'unposted.shop', 6, 77, "timestamp" => 86402000);
END;
$given$;
CREATE TEMP TABLE shown AS
SELECT u.* FROM engine.unposted(engine.read_account('unposted.shop'), 86402000) AS u;
SELECT results_eq(
    $$SELECT s."timestamp", s.operation, s.amount, s.balance_after, s.version, s.details ->> 'released'
    FROM shown AS s ORDER BY s.version$$,
    $$VALUES (86400000::bigint, 'expire_hold', 0::bigint, 900::bigint, 6::bigint, '40'),
    (86401000, 'cashback', 2, 902, 7, NULL), (86401000, 'expire_hold', 0, 902, 8, '30'),
    (86401000, 'transfer', 5, 907, 9, NULL), (86402000, 'transfer', 6, 913, 10, NULL)$$,
    'in one millisecond cashback, expiry, credit'
);
DO $given$
BEGIN
    PERFORM bank.deposit_at('unposted.shop', 1, "timestamp" => 86402000);
END;
$given$;
SELECT results_eq(
    $$SELECT s."timestamp", s.operation, s.amount, s.balance_after, s.version, s.contra_account_id,
    s.value_at, s.details, s.deposited IS NULL FROM shown AS s ORDER BY s.version$$,
    $$SELECT t."timestamp", t.operation COLLATE "default", t.amount::bigint, t.balance_after::bigint,
    t.version, t.contra_account_id COLLATE "default", coalesce(t.value_at, t."timestamp"),
    t.details, t.operation <> 'cashback'
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'unposted.shop' AND t.version BETWEEN 6 AND 10 ORDER BY t.version$$,
    'and what was posted is what was shown'
);

SELECT * FROM finish();
ROLLBACK;
