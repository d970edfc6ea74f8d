-- Tests of bank.get_statement.
BEGIN;
SELECT plan(31);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.get_statement'::regproc),
    'account_id text, since bigint DEFAULT 0, until bigint DEFAULT NULL::bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.get_statement'::regproc), 'bank.statement', 'what it returns');
SELECT volatility_is('bank', 'get_statement', 'stable', 'it is stable');
SELECT is_definer('bank', 'get_statement', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.get_statement'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.get_statement'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.get_statement'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given an account with a payment whose cashback falls due at 86403000
DO $given$
BEGIN
    PERFORM bank.create_account('stm.alice', "timestamp" => 1000);
    PERFORM bank.deposit('stm.alice', 1000, "timestamp" => 2000);
    PERFORM bank.pay('stm.alice', 500, "timestamp" => 3000, fee => 7);
    PERFORM bank.create_account('stm.late', "timestamp" => 9007199254740991);
    PERFORM bank.deposit('stm.late', 5, "timestamp" => 9007199254740991);
    PERFORM bank.create_account('stm.zero', 'JPY', "timestamp" => 0);
END;
$given$;
CREATE FUNCTION pg_temp.brief(since bigint, until bigint, who text DEFAULT 'stm.alice')
RETURNS text LANGUAGE sql AS $function$
    SELECT format(
        '%s +%s -%s =%s:%s', s.opening, s.credits, s.debits, s.closing,
        (
            SELECT string_agg(' ' || (t.line ->> 'operation'), '' ORDER BY t.nr)
            FROM json_array_elements(s.transactions) WITH ORDINALITY AS t (line, nr)
        )
    )
    FROM bank.get_statement(who, since, until) AS s
$function$;
CREATE TEMP TABLE expected AS SELECT p.* FROM (
    VALUES (0::bigint, 0::bigint, '0 +0 -0 =0:'),
    (0, 1000, '0 +0 -0 =0:'),
    (0, 1001, '0 +0 -0 =0: open'),
    (2000, 2001, '0 +1000 -0 =1000: deposit'),
    (2000, 2000, '0 +0 -0 =0:'),
    (2001, 3000, '1000 +0 -0 =1000:'),
    (3000, 3001, '1000 +0 -507 =493: pay fee'),
    (3001, 86403000, '493 +0 -0 =493:'),
    (3001, 86403001, '493 +10 -0 =503: cashback'),
    (86403000, 86403001, '493 +10 -0 =503: cashback'),
    (86403001, 86403001, '503 +0 -0 =503:'),
    (0, 9007199254740992, '0 +1010 -507 =503: open deposit pay fee cashback')
) AS p (since, until, brief);

-- Works, whether or not the cashback is posted
SELECT is(
    pg_temp.brief(e.since, e.until), e.brief, format('%s to %s', e.since, e.until)
) FROM expected AS e;
CREATE TEMP TABLE before AS
SELECT to_jsonb(s) - 'transactions' AS s FROM bank.get_statement('stm.alice', 0, 86403001) AS s;
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86403000);
END;
$settle$;
SELECT is_empty(
    $$SELECT e.* FROM expected AS e WHERE pg_temp.brief(e.since, e.until) <> e.brief$$,
    'all the same once it is'
);
SELECT is(
    (SELECT to_jsonb(s) - 'transactions' FROM bank.get_statement('stm.alice', 0, 86403001) AS s),
    (SELECT b.s FROM before AS b), 'totals too'
);
SELECT is(
    (SELECT b.s FROM before AS b),
    $${
        "account_id": "stm.alice", "currency": "EUR", "exponent": 2, "since": 0,
        "until": 86403001, "opening": 0, "credits": 1010, "debits": 507, "closing": 503,
        "totals": [
            {"operation": "cashback", "count": 1, "credits": 10, "debits": 0},
            {"operation": "deposit", "count": 1, "credits": 1000, "debits": 0},
            {"operation": "fee", "count": 1, "credits": 0, "debits": 7},
            {"operation": "open", "count": 1, "credits": 0, "debits": 0},
            {"operation": "pay", "count": 1, "credits": 0, "debits": 500}
        ]
    }$$::jsonb, 'all of it'
);
SELECT is(
    (SELECT s.transactions::jsonb FROM bank.get_statement('stm.alice', 2000, 86403001) AS s),
    (
        SELECT jsonb_agg(to_jsonb(l) ORDER BY l.version)
        FROM bank.list_transactions('stm.alice', since => 2000, until => 86403001) AS l
    ),
    'the lines are those of list_transactions'
);
SELECT is(
    (SELECT to_jsonb(s) - 'transactions' FROM bank.get_statement('stm.zero', 0, 1) AS s),
    $${
        "account_id": "stm.zero", "currency": "JPY", "exponent": 0, "since": 0, "until": 1,
        "opening": 0, "credits": 0, "debits": 0, "closing": 0,
        "totals": [{"operation": "open", "count": 1, "credits": 0, "debits": 0}]
    }$$::jsonb, 'the first millisecond there is'
);
SELECT is(
    (SELECT s.closing FROM bank.get_statement('stm.late') AS s), 5::bigint,
    'without a period it is all there is, even ahead of the clock'
);
SELECT is(
    pg_temp.brief(9007199254740991, NULL, 'stm.late'), '0 +5 -0 =5: open deposit', 'to the last'
);
SELECT lives_ok(
    'SET ROLE bank_auditor; SELECT bank.get_statement(''stm.alice''); RESET ROLE', 'auditors read it'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.get_statement(%L, %s, %s)', 'stm.alice', p.since, p.until), p.code, p.name,
    format('refuses %s to %s', p.since, p.until)
) FROM (VALUES (-1, 0, 'TL003', 'invalid_timestamp'), (1, 0, 'TL020', 'invalid_period'))
AS p (since, until, code, name);
SELECT throws_ok(
    $$SELECT bank.get_statement('nobody')$$, 'TL101', 'account_not_found', 'refuses nobody'
);
DO $given$
BEGIN
    PERFORM bank.create_account('stm.many', "timestamp" => 1000);
    PERFORM count(bank.deposit('stm.many', 1, "timestamp" => 2000)) FROM generate_series(1, 10001);
END;
$given$;
SELECT throws_ok(
    $$SELECT bank.get_statement('stm.many', 2000)$$, 'TL021', 'statement_too_long',
    'refuses 10001 lines'
);

SELECT * FROM finish();
ROLLBACK;
