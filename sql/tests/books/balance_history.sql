-- Tests of bank.balance_history.
BEGIN;
SELECT plan(51);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.balance_history'::regproc),
    'account_id text, since bigint, until bigint, buckets bigint DEFAULT 100, '
    || 'by text DEFAULT ''timestamp''::text, extremes boolean DEFAULT true',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.balance_history'::regproc), 'SETOF bank.balance_bucket', 'what it returns');
SELECT volatility_is('bank', 'balance_history', 'stable', 'it is stable');
SELECT is_definer('bank', 'balance_history', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.balance_history'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.balance_history'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.balance_history'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given balances 0, 1000, 500 and, by a cashback due at 86403000, 510
DO $given$
BEGIN
    PERFORM bank.create_account_at('bh.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('bh.alice', 1000, "timestamp" => 2000);
    PERFORM bank.pay_at('bh.alice', 500, "timestamp" => 3000);
END;
$given$;
CREATE FUNCTION pg_temp.history(since bigint, until bigint, parts bigint) RETURNS text
LANGUAGE sql AS $function$
    SELECT string_agg(format('%s-%s:%s<%s<%s', h.since, h.until, h.lowest, h.closing, h.highest), ' ')
    FROM bank.balance_history('bh.alice', since, until, parts) AS h
$function$;
CREATE TEMP TABLE expected AS SELECT e.* FROM (
    VALUES (0::bigint, 4000::bigint, 4::bigint,
        '0-1000:0<0<0 1000-2000:0<0<0 2000-3000:0<1000<1000 3000-4000:500<500<1000'),
    (0, 4000, 1, '0-4000:0<500<1000'),
    (0, 4000, 3, '0-1333:0<0<0 1333-2666:0<1000<1000 2666-4000:500<500<1000'),
    (1999, 2002, 100, '1999-2000:0<0<0 2000-2001:0<1000<1000 2001-2002:1000<1000<1000'),
    (2000, 2000, 5, NULL),
    (86402999, 86403001, 2, '86402999-86403000:500<500<500 86403000-86403001:500<510<510'),
    (0, 9007199254740992, 2,
        '0-4503599627370496:0<510<1000 4503599627370496-9007199254740992:510<510<510')
) AS e (since, until, parts, history);

-- Works, whether or not the cashback is posted
SELECT is(
    pg_temp.history(e.since, e.until, e.parts), e.history,
    format('%s to %s in %s', e.since, e.until, e.parts)
) FROM expected AS e;
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86403000);
END;
$settle$;
SELECT is_empty(
    $$
        SELECT e.* FROM expected AS e
        WHERE pg_temp.history(e.since, e.until, e.parts) IS DISTINCT FROM e.history
    $$, 'all the same once it is'
);
SELECT is(
    (SELECT count(*) FROM bank.balance_history('bh.alice', 0, 9007199254740992, 1000)),
    1000::bigint, 'the most there are'
);
SELECT is(
    (SELECT count(*) FROM bank.balance_history('bh.alice', 0, 1000)), 100::bigint, '100 unless told'
);
SELECT is_empty(
    $$
        SELECT h.* FROM generate_series(1, 50) AS p (parts)
        CROSS JOIN LATERAL bank.balance_history('bh.alice', 990, 3101, p.parts) AS h
        WHERE h.closing <> (bank.get_balance('bh.alice', h.until - 1)).balance
    $$, 'closing is the balance at the part''s last millisecond'
);
SELECT is_empty(
    $$
        SELECT p.parts FROM generate_series(1, 50) AS p (parts)
        CROSS JOIN LATERAL bank.balance_history('bh.alice', 990, 3101, p.parts) AS h
        GROUP BY p.parts
        HAVING count(*) <> p.parts OR min(h.since) <> 990 OR max(h.until) <> 3101
            OR sum(h.until - h.since) <> 2111 OR max(h.until - h.since) - min(h.until - h.since) > 1
    $$, 'the parts are equal, but for a millisecond, and cover the period'
);

-- Works without extremes: the same closing balances, and nothing else
SELECT is_empty(
    $$
        SELECT p.parts FROM generate_series(1, 50) AS p (parts)
        WHERE (
            SELECT array_agg(format('%s %s %s', h.since, h.until, h.closing))
            FROM bank.balance_history('bh.alice', 990, 86403101, p.parts) AS h
        ) IS DISTINCT FROM (
            SELECT array_agg(format('%s %s %s%s%s', h.since, h.until, h.closing, h.lowest, h.highest))
            FROM bank.balance_history('bh.alice', 990, 86403101, p.parts, extremes => false) AS h
        )
    $$, 'without extremes the parts and their ends are the same'
);
SELECT is(
    (
        SELECT count(*) FROM bank.balance_history('bh.alice', 2000, 2000, extremes => false)
    ), 0::bigint, 'an empty period has no part without them either'
);

-- Works by value date: what was posted at 2000 counts from 500, what was posted at 3000 from 2500
DO $given$
BEGIN
    PERFORM bank.create_account_at('bh.value', "timestamp" => 1000);
    PERFORM bank.deposit_at('bh.value', 300, 500, "timestamp" => 2000);
    PERFORM bank.deposit_at('bh.value', 1000, "timestamp" => 2000);
    PERFORM bank.pay_at('bh.value', 400, value_at => 2500, "timestamp" => 3000);
    PERFORM bank.deposit_at('bh.value', 5, 2500, "timestamp" => 3000);
    PERFORM bank.withdraw_at('bh.value', 1, 3500, "timestamp" => 3000);
END;
$given$;
CREATE FUNCTION pg_temp.by_value(since bigint, until bigint, parts bigint) RETURNS text
LANGUAGE sql AS $function$
    SELECT string_agg(format('%s-%s:%s<%s<%s', h.since, h.until, h.lowest, h.closing, h.highest), ' ')
    FROM bank.balance_history('bh.value', since, until, parts, 'value_at') AS h
$function$;
CREATE TEMP TABLE valued AS SELECT e.* FROM (
    VALUES (0::bigint, 4000::bigint, 4::bigint,
        '0-1000:0<300<300 1000-2000:300<300<300 2000-3000:300<905<1300 3000-4000:904<904<905'),
    (499, 501, 2, '499-500:0<0<0 500-501:0<300<300'),
    (2499, 2502, 3, '2499-2500:1300<1300<1300 2500-2501:900<905<1300 2501-2502:905<905<905'),
    (86402999, 86403001, 2, '86402999-86403000:904<904<904 86403000-86403001:904<912<912'),
    (500, 500, 1, NULL)
) AS e (since, until, parts, history);
SELECT is(
    pg_temp.by_value(e.since, e.until, e.parts), e.history,
    format('by value date %s to %s in %s', e.since, e.until, e.parts)
) FROM valued AS e;
CREATE FUNCTION pg_temp.differing(who text, since bigint, until bigint, by text) RETURNS SETOF text
LANGUAGE sql AS $function$
    SELECT format('%s of %s: %s, not %s', h.until, p.parts, h.closing, b.balance)
    FROM generate_series(1, 50) AS p (parts)
    CROSS JOIN LATERAL bank.balance_history(who, since, until, p.parts, by, false) AS h
    CROSS JOIN LATERAL bank.get_balance(who, h.until - 1, by) AS b
    WHERE h.closing IS DISTINCT FROM b.balance OR num_nonnulls(h.lowest, h.highest) > 0
$function$;
SELECT is_empty(
    format($$SELECT pg_temp.differing('bh.value', %s, %s, 'value_at')$$, p.since, p.until),
    format('without extremes, from %s to %s', p.since, p.until)
) FROM (
    VALUES (0, 4000), (490, 3601), (2499, 2502), (2000, 86403001), (0, 9007199254740992)
) AS p (since, until);
SELECT is(
    (SELECT count(*) FROM bank.balance_history('bh.value', 490, 3601, 50, 'value_at', false)),
    50::bigint, 'as many'
);
SELECT is_empty(
    $$
        SELECT h.* FROM generate_series(1, 50) AS p (parts)
        CROSS JOIN LATERAL bank.balance_history('bh.value', 490, 3601, p.parts, 'value_at') AS h
        WHERE h.closing <> (bank.get_balance('bh.value', h.until - 1, 'value_at')).balance
    $$, 'closing is the balance by value date at the part''s last millisecond'
);
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86403000);
END;
$settle$;
SELECT is_empty(
    $$
        SELECT e.* FROM valued AS e
        WHERE pg_temp.by_value(e.since, e.until, e.parts) IS DISTINCT FROM e.history
    $$, 'all the same once the cashback is posted'
);
SELECT is_empty(
    $$SELECT pg_temp.differing('bh.value', 2000, 86403001, 'value_at')$$, 'without extremes too'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.balance_history(%L, 0, 1, by => %L)', 'bh.alice', b.by),
    'TL007', 'invalid_argument', 'refuses to read by ' || coalesce(b.by, 'nothing')
) FROM unnest(ARRAY['', NULL]) AS b (by);
SELECT throws_ok(
    format('SELECT bank.balance_history(%L, %s, %s, %s)', h.who, h.since, h.until, h.parts),
    h.code, h.name, format('refuses %s to %s in %s of %s', h.since, h.until, h.parts, h.who)
) FROM (
    VALUES ('bh.alice', '-1', '0', '1', 'TL003', 'invalid_timestamp'),
    ('bh.alice', 'NULL', '0', '1', 'TL003', 'invalid_timestamp'),
    ('bh.alice', '0', 'NULL', '1', 'TL003', 'invalid_timestamp'),
    ('bh.alice', '-9223372036854775808', '9223372036854775807', '1', 'TL003', 'invalid_timestamp'),
    ('bh.alice', '0', '9007199254740993', '1', 'TL003', 'invalid_timestamp'),
    ('bh.alice', '1', '0', '1', 'TL020', 'invalid_period'),
    ('bh.alice', '0', '1', '0', 'TL007', 'invalid_argument'),
    ('bh.alice', '0', '1', '1001', 'TL007', 'invalid_argument'),
    ('bh.alice', '0', '1', 'NULL', 'TL007', 'invalid_argument'),
    ('nobody', '0', '1', '1', 'TL101', 'account_not_found')
) AS h (who, since, until, parts, code, name);
SELECT lives_ok(
    'SET ROLE bank_auditor; SELECT bank.balance_history(''bh.alice'', 0, 1); RESET ROLE',
    'auditors read it'
);
SELECT is_empty(
    $$SELECT FROM bank.balance_history('bh.alice', 5, 5, 5)$$, 'nothing of nothing'
);
SELECT is_empty(
    $$SELECT FROM bank.balance_history('bh.value', 5, 5, 5, 'value_at', false)$$, 'by value date too'
);
SELECT is(
    pg_temp.history(0, 1, 1000), '0-1:0<0<0', 'a single millisecond before the account was opened'
);

SELECT * FROM finish();
ROLLBACK;
