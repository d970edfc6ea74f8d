-- Tests of bank.list_balances.
BEGIN;
SELECT plan(27);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_balances'::regproc),
    '"timestamp" bigint DEFAULT NULL::bigint, "limit" bigint DEFAULT 100, '
    || 'after text DEFAULT NULL::text, by text DEFAULT ''timestamp''::text, '
    || '"order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.list_balances'::regproc), 'SETOF bank.balance', 'what it returns');
SELECT volatility_is('bank', 'list_balances', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_balances', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_balances'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_balances'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_balances'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given two accounts that sort last, opened one after the other
DO $given$
BEGIN
    PERFORM bank.create_account_at('􏿺', "timestamp" => 1000);
    PERFORM bank.create_account_at('􏿻', overdraft_limit => 5, "timestamp" => 2000);
    PERFORM bank.deposit_at('􏿺', 100, "timestamp" => 2000);
    PERFORM bank.pay_at('􏿺', 100, "timestamp" => 3000);
END;
$given$;
PREPARE at (bigint) AS
SELECT ascii(b.account_id) - ascii('􏿹'), b.balance, b.available, b.pending_cashback
FROM bank.list_balances($1, after => '􏿹') AS b;

-- Works
SELECT is_empty('EXECUTE at(999)', 'accounts not opened yet are not there');
SELECT results_eq(
    'EXECUTE at(1000)', 'VALUES (1, 0::bigint, 0::bigint, 0::bigint)', 'from their opening on they are'
);
SELECT results_eq(
    'EXECUTE at(2000)', 'VALUES (1, 100::bigint, 100::bigint, 0::bigint), (2, 0, 5, 0)', 'both'
);
SELECT results_eq(
    'EXECUTE at(86402999)', 'VALUES (1, 0::bigint, 0::bigint, 2::bigint), (2, 0, 5, 0)',
    '1 ms before the cashback is due'
);
SELECT results_eq(
    'EXECUTE at(86403000)', 'VALUES (1, 2::bigint, 2::bigint, 0::bigint), (2, 0, 5, 0)',
    'with what is due but unposted'
);
SELECT results_eq(
    'EXECUTE at(NULL)', 'VALUES (1, 2::bigint, 2::bigint, 0::bigint), (2, 0, 5, 0)', 'and now'
);
SELECT results_eq(
    $$SELECT b.* FROM bank.list_balances(2000, 1, '􏿺') AS b$$,
    $$SELECT b.* FROM bank.get_balance('􏿻', 2000) AS b$$, 'a page, as get_balance has it'
);

-- Works by value date: what was booked at 3000 counts on the one account from 4000, on the other
-- from 500, before it was opened
DO $given$
BEGIN
    PERFORM bank.deposit_at('􏿺', 30, 4000, "timestamp" => 3000);
    PERFORM bank.deposit_at('􏿻', 7, 500, "timestamp" => 3000);
END;
$given$;
PREPARE by_value (bigint) AS
SELECT ascii(b.account_id) - ascii('􏿹'), b.balance, b.available
FROM bank.list_balances($1, after => '􏿹', by => 'value_at') AS b;
SELECT is_empty('EXECUTE by_value(499)', 'nobody is there before anything counts');
SELECT results_eq(
    'EXECUTE by_value(500)', 'VALUES (2, 7::bigint, 7::bigint)',
    'an account is there from the first value date on, its overdraft from its opening on'
);
SELECT results_eq(
    'EXECUTE by_value(1999)', 'VALUES (1, 0::bigint, 0::bigint), (2, 7, 7)', 'with all that are open'
);
SELECT results_eq(
    'EXECUTE by_value(3999)', 'VALUES (1, 0::bigint, 0::bigint), (2, 7, 12)', 'until'
);
SELECT results_eq(
    'EXECUTE by_value(4000)', 'VALUES (1, 30::bigint, 30::bigint), (2, 7, 12)', 'a value date comes'
);
SELECT results_eq(
    'EXECUTE by_value(NULL)', 'VALUES (1, 32::bigint, 32::bigint), (2, 7, 12)', 'and now'
);
SELECT results_eq(
    'EXECUTE at(3000)', 'VALUES (1, 30::bigint, 30::bigint, 2::bigint), (2, 7, 12, 0)',
    'by timestamp they count when they were booked'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_balances(by => %L)', b.by), 'TL007', 'invalid_argument',
    'refuses to read by ' || coalesce(b.by, 'nothing')
) FROM unnest(ARRAY['', NULL]) AS b (by);
SELECT throws_ok(
    format('SELECT bank.list_balances("limit" => %s)', l.n), 'TL007', 'invalid_argument',
    'refuses a limit of ' || l.n
) FROM unnest(ARRAY[0, -1]) AS l (n);
SELECT throws_ok(
    format('SELECT bank.list_balances(%s)', t.t), 'TL003', 'invalid_timestamp',
    'refuses the moment ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);

SELECT * FROM finish();
ROLLBACK;
