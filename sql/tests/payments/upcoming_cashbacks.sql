-- Tests of bank.upcoming_cashbacks.
BEGIN;
SELECT plan(26);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.upcoming_cashbacks'::regproc),
    'time_zone text DEFAULT ''UTC''::text, days bigint DEFAULT 30',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.upcoming_cashbacks'::regproc), 'SETOF bank.upcoming_cashback', 'what it returns'
);
SELECT volatility_is('bank', 'upcoming_cashbacks', 'stable', 'it is stable');
SELECT is_definer('bank', 'upcoming_cashbacks', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.upcoming_cashbacks'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.upcoming_cashbacks'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.upcoming_cashbacks'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
SELECT is_empty('SELECT bank.upcoming_cashbacks()', 'where nothing is to come there is nothing');
SELECT count(bank.create_account('upcoming.' || v.a, v.c))
FROM (VALUES ('a', 'EUR'), ('b', 'USD'), ('c', 'EUR')) AS v (a, c);
SELECT count(bank.deposit('upcoming.' || a, 1000000)) FROM unnest('{a,b,c}'::text[]) AS a;
SELECT count(bank.pay('upcoming.' || p.a, p.amount))
FROM (
    VALUES ('a', 10000), ('a', 20000), ('b', 5000), ('c', 7000), ('a', 100), ('b', 100), ('a', 300)
) AS p (a, amount);

-- When each is due: at the ends of UTC's days, and a millisecond before
CREATE TEMP TABLE ends AS
SELECT d.n, (extract(EPOCH FROM today.day + d.n) * 1000)::bigint AS at
FROM (SELECT (to_timestamp(engine.now() / 1000) AT TIME ZONE 'UTC')::date AS day) AS today
CROSS JOIN generate_series(1, 3) AS d (n);
UPDATE ledger.payments AS p
SET cashback_due_at = due.at
FROM (
    SELECT 200 AS cashback, engine.now() - 5000 AS at
    UNION ALL
    SELECT v.cashback, e.at - v.before
    FROM (VALUES (6, 1, 1), (400, 2, 1), (100, 2, 0), (140, 2, 0), (2, 3, 0)) AS v (cashback, n, before)
    INNER JOIN ends AS e ON e.n = v.n
) AS due
WHERE p.account_id LIKE 'upcoming.%' AND p.cashback = due.cashback;
CREATE FUNCTION pg_temp.told(days bigint, zone text DEFAULT 'UTC') RETURNS jsonb LANGUAGE sql
AS $function$
    SELECT jsonb_agg(jsonb_build_array(
        coalesce(s.n::text, CASE WHEN u.since IS NOT NULL THEN 'now' END),
        coalesce(t.n::text, CASE WHEN u.until IS NOT NULL THEN 'now' END), u.currency, u.count,
        u.amount
    ) ORDER BY u.place)
    FROM bank.upcoming_cashbacks(zone, days)
        WITH ORDINALITY AS u (since, until, currency, count, amount, place)
    LEFT JOIN ends AS s ON u.since = s.at
    LEFT JOIN ends AS t ON u.until = t.at
$function$;

-- Works
SELECT is(pg_temp.told(d.days), d.told::jsonb, format('in %s days', d.days))
FROM (
    VALUES (1, '[
        [null, "now", "EUR", 1, 200], ["now", "1", "EUR", 1, 6], ["1", null, "EUR", 3, 542],
        ["1", null, "USD", 2, 102]
    ]'), (2, '[
        [null, "now", "EUR", 1, 200], ["now", "1", "EUR", 1, 6], ["1", "2", "EUR", 1, 400],
        ["2", null, "EUR", 2, 142], ["2", null, "USD", 2, 102]
    ]'), (3, '[
        [null, "now", "EUR", 1, 200], ["now", "1", "EUR", 1, 6], ["1", "2", "EUR", 1, 400],
        ["2", "3", "EUR", 1, 140], ["2", "3", "USD", 1, 100], ["3", null, "EUR", 1, 2],
        ["3", null, "USD", 1, 2]
    ]')
) AS d (days, told);
SELECT is(
    (SELECT count(*) FROM bank.upcoming_cashbacks(days => 366)), 7::bigint,
    'in a year: there is no row where nothing is due'
);
SELECT ok(
    bool_and((to_timestamp(u.until / 1000) AT TIME ZONE 'Asia/Kathmandu')::time = '00:00'),
    'days are those of a time zone, were it off by quarters of an hour'
) FROM bank.upcoming_cashbacks('Asia/Kathmandu', 5) AS u WHERE u.since IS NOT NULL;
UPDATE ledger.payments AS p SET cashback_due_at = engine.now() - 6000
WHERE p.account_id = 'upcoming.b' AND p.cashback = 100;
SELECT results_eq(
    $$
        SELECT u.currency, sum(u.count), sum(u.amount) FROM bank.upcoming_cashbacks() AS u
        GROUP BY u.currency ORDER BY u.currency
    $$,
    $$VALUES ('EUR', 5::numeric, 748::numeric), ('USD', 2, 102)$$,
    'whoever has the next one, each counts in its currency'
);
SELECT is(
    (SELECT s.settled FROM bank.settle_cashbacks() AS s), 2::bigint, 'once what is overdue is posted'
);
SELECT is_empty(
    'SELECT u.since FROM bank.upcoming_cashbacks() AS u WHERE u.since IS NULL', 'it is gone'
);

-- Works however currencies are mixed: the same as looking at each payment
SELECT count(bank.pay('upcoming.' || v.a, 100 + 50 * n))
FROM generate_series(1, 60) AS n, unnest('{a,b,c}'::text[]) AS v (a);
UPDATE ledger.payments AS p
SET cashback_due_at = engine.now() + 3600000 + (random() * 9 * 86400000)::bigint
    - CASE WHEN p.payment_number % 7 = 0 THEN 10 * 86400000 ELSE 0 END
WHERE p.account_id LIKE 'upcoming.%' AND p.cashback_status = 'pending';
CREATE FUNCTION pg_temp.looked_at(days bigint, zone text) RETURNS TABLE (
    day bigint, currency text, count bigint, amount numeric
) LANGUAGE sql AS $function$
    SELECT
        CASE WHEN p.cashback_due_at < n.now THEN -1 ELSE least(
            (to_timestamp(p.cashback_due_at / 1000) AT TIME ZONE zone)::date
            - (to_timestamp(n.now / 1000) AT TIME ZONE zone)::date, days
        ) END,
        a.currency, count(*), sum(p.cashback)
    FROM ledger.payments AS p
    INNER JOIN ledger.accounts AS a ON a.account_id = p.account_id
    CROSS JOIN (SELECT engine.now()) AS n (now)
    WHERE p.cashback_status = 'pending'
    GROUP BY 1, 2 ORDER BY 1, 2
$function$;
CREATE FUNCTION pg_temp.told_of(days bigint, zone text) RETURNS TABLE (
    day bigint, currency text, count bigint, amount numeric
) LANGUAGE sql AS $function$
    SELECT
        CASE WHEN u.since IS NULL THEN -1 WHEN u.until IS NULL THEN days ELSE
            (to_timestamp(u.since / 1000) AT TIME ZONE zone)::date
            - (to_timestamp(engine.now() / 1000) AT TIME ZONE zone)::date
        END,
        u.currency, u.count, u.amount
    FROM bank.upcoming_cashbacks(zone, days) AS u
$function$;
SELECT results_eq(
    format('SELECT * FROM pg_temp.told_of(%s, %L)', c.days, c.zone),
    format('SELECT * FROM pg_temp.looked_at(%s, %L)', c.days, c.zone),
    format('as one by one, in %s days of %s', c.days, c.zone)
) FROM (VALUES (1, 'UTC'), (7, 'Europe/Berlin'), (30, 'America/Lima')) AS c (days, zone);

-- Refuses
SET LOCAL pgteller.accounts = '{upcoming.a}';
SELECT throws_ok(
    'SELECT bank.upcoming_cashbacks()', 'TL201', 'limited_to_accounts',
    'who is for some accounts alone'
);
RESET pgteller.accounts;
SELECT throws_ok(
    format('SELECT bank.upcoming_cashbacks(%s)', a.given), 'TL007', 'invalid_argument',
    'refuses ' || a.given
) FROM unnest(ARRAY[
    '''CET+2''', 'NULL', 'days => 0', 'days => 367', 'days => -9223372036854775808', 'days => NULL'
]) AS a (given);

SELECT * FROM finish();
ROLLBACK;
