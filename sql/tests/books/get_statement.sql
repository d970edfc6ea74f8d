-- Tests of bank.get_statement.
BEGIN;
SELECT plan(66);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.get_statement'::regproc),
    'account_id text, since bigint DEFAULT 0, until bigint DEFAULT NULL::bigint, '
    || 'by text DEFAULT ''timestamp''::text, time_zone text DEFAULT ''UTC''::text',
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

UPDATE ledger.settings AS s SET max_ahead_ms = 9007199254740991;
-- Given an account with a payment whose cashback falls due at 86403000
DO $given$
BEGIN
    PERFORM bank.create_account_at('stm.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('stm.alice', 1000, "timestamp" => 2000);
    PERFORM bank.pay_at('stm.alice', 500, "timestamp" => 3000, fee => 7);
    PERFORM bank.create_account_at('stm.late', "timestamp" => 9007199254740991);
    PERFORM bank.deposit_at('stm.late', 5, "timestamp" => 9007199254740991);
    PERFORM bank.create_account_at('stm.zero', 'JPY', "timestamp" => 0);
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
        "account_id": "stm.alice", "holder": null, "currency": "EUR", "exponent": 2, "since": 0,
        "until": 86403001, "time_zone": "UTC", "opening_time": "1970-01-01T00:00:00.000Z",
        "closing_time": "1970-01-02T00:00:03.000Z",
        "as_of": null, "as_of_time": null, "opening": 0, "credits": 1010, "debits": 507, "closing": 503,
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
    (
        SELECT jsonb_agg(
            l.line - ARRAY['time', 'value_time', 'title', 'description'] ORDER BY l.line -> 'version'
        )
        FROM bank.get_statement('stm.alice', 2000, 86403001) AS s
        CROSS JOIN LATERAL jsonb_array_elements(s.transactions::jsonb) AS l (line)
    ),
    (
        SELECT jsonb_agg(to_jsonb(l) ORDER BY l.version)
        FROM bank.list_transactions('stm.alice', since => 2000, until => 86403001) AS l
    ),
    'the lines are those of list_transactions'
);
SELECT is(
    (SELECT to_jsonb(s) - 'transactions' FROM bank.get_statement('stm.zero', 0, 1) AS s),
    $${
        "account_id": "stm.zero", "holder": null, "currency": "JPY", "exponent": 0, "since": 0, "until": 1,
        "time_zone": "UTC", "opening_time": "1970-01-01T00:00:00.000Z",
        "closing_time": "1970-01-01T00:00:00.000Z", "as_of": null, "as_of_time": null,
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
-- Works by value date: three legs of 2000 count at 500, at 2000 and at 2600; the cashback of a
-- payment that counts at 2500 is due at 86403000
DO $given$
BEGIN
    PERFORM bank.create_account_at('stm.value', "timestamp" => 1000);
    PERFORM bank.deposit_at('stm.value', 1000, 2600, "timestamp" => 2000);
    PERFORM bank.deposit_at('stm.value', 300, 500, "timestamp" => 2000);
    PERFORM bank.deposit_at('stm.value', 7, 2000, "timestamp" => 2000);
    PERFORM bank.pay_at('stm.value', 100, value_at => 2500, "timestamp" => 3000);
    PERFORM bank.withdraw_at('stm.value', 1, "timestamp" => 3000);
END;
$given$;
CREATE FUNCTION pg_temp.by_value(since bigint, until bigint) RETURNS text LANGUAGE sql AS $function$
    SELECT format(
        '%s +%s -%s =%s:%s', s.opening, s.credits, s.debits, s.closing,
        (
            SELECT string_agg(
                format(' %s %s=%s', t.line ->> 'version', t.line ->> 'amount', t.line ->> 'balance_after'),
                ',' ORDER BY t.nr
            )
            FROM json_array_elements(s.transactions) WITH ORDINALITY AS t (line, nr)
        )
    )
    FROM bank.get_statement('stm.value', since, until, 'value_at') AS s
$function$;
CREATE TEMP TABLE valued AS SELECT v.* FROM (
    VALUES (0::bigint, 500::bigint, '0 +0 -0 =0:'),
    (0, 501, '0 +300 -0 =300: 3 300=300'),
    (500, 1000, '0 +300 -0 =300: 3 300=300'),
    (501, 1001, '300 +0 -0 =300: 1 0=300'),
    (1001, 2000, '300 +0 -0 =300:'),
    (2000, 2500, '300 +7 -0 =307: 4 7=307'),
    (2500, 2600, '307 +0 -100 =207: 5 -100=207'),
    (2600, 2601, '207 +1000 -0 =1207: 2 1000=1207'),
    (2000, 3001, '300 +1007 -101 =1206: 4 7=307, 5 -100=207, 2 1000=1207, 6 -1=1206'),
    (3001, 86403000, '1206 +0 -0 =1206:'),
    (3001, 86403001, '1206 +2 -0 =1208: 7 2=1208'),
    (0, 9007199254740992,
        '0 +1309 -101 =1208: 3 300=300, 1 0=300, 4 7=307, 5 -100=207, 2 1000=1207, 6 -1=1206, 7 2=1208')
) AS v (since, until, lines);
SELECT is(
    pg_temp.by_value(v.since, v.until), v.lines, format('by value date from %s to %s', v.since, v.until)
) FROM valued AS v;
SELECT is_empty(
    $$
        SELECT s.* FROM generate_series(0, 3100, 50) AS m (t)
        CROSS JOIN LATERAL bank.get_statement('stm.value', m.t, m.t + 50, 'value_at') AS s
        WHERE s.opening <> (bank.get_balance('stm.value', m.t - 1 + (m.t = 0)::integer, 'value_at')).balance
            OR s.closing <> (bank.get_balance('stm.value', m.t + 49, 'value_at')).balance
            OR s.closing <> s.opening + s.credits - s.debits
    $$, 'they join: each closes with the balance by value date with which the next opens'
);
SELECT is_empty(
    $$
        SELECT s.* FROM generate_series(0, 3100, 50) AS m (t)
        CROSS JOIN LATERAL bank.get_statement('stm.value', m.t, m.t + 50) AS s
        WHERE s.closing <> (bank.get_balance('stm.value', m.t + 49)).balance
            OR s.closing <> s.opening + s.credits - s.debits
    $$, 'and so do those by timestamp'
);
SELECT is(
    (
        SELECT jsonb_agg(
            l.line - ARRAY['balance_after', 'time', 'value_time', 'title', 'description']
            ORDER BY l.line -> 'version'
        )
        FROM bank.get_statement('stm.value', by => 'value_at') AS s
        CROSS JOIN LATERAL jsonb_array_elements(s.transactions::jsonb) AS l (line)
    ),
    (
        SELECT jsonb_agg(to_jsonb(l) - 'balance_after' ORDER BY l.version)
        FROM bank.list_transactions('stm.value') AS l
    ), 'the lines are those of list_transactions, in another order'
);
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86403000);
END;
$settle$;
SELECT is_empty(
    $$SELECT v.* FROM valued AS v WHERE pg_temp.by_value(v.since, v.until) <> v.lines$$,
    'all the same once the cashback is posted'
);

-- Tells whether the period is over, to the millisecond
CREATE FUNCTION pg_temp.unfinished(until bigint, who text DEFAULT 'stm.alice') RETURNS text
LANGUAGE sql AS $function$
    SELECT CASE
        WHEN s.as_of IS NULL AND s.as_of_time IS NULL THEN 'over'
        WHEN s.as_of BETWEEN floor(date_part('epoch', now()) * 1000) AND engine.now()
            AND s.as_of_time = engine.local_time(s.as_of, 'Europe/Berlin') THEN 'not over'
    END
    FROM bank.get_statement(who, 0, until, time_zone => 'Europe/Berlin') AS s
$function$;
SELECT is(pg_temp.unfinished(NULL), 'not over', 'up to now: more may follow in this millisecond');
SELECT is(pg_temp.unfinished(NULL, 'stm.late'), 'not over', 'nor ahead of the clock');
SELECT is(pg_temp.unfinished(engine.now() + 60000), 'not over', 'it ends later');
SELECT is(pg_temp.unfinished(engine.now()), 'over', 'it ended with the millisecond before this');

-- Tells people: whose account it is, local times, words, and what for
DO $given$
BEGIN
    PERFORM bank.create_account_at('stm.told', "timestamp" => 1774740000000, metadata => '{"name": "Zoë Łódź"}');
    PERFORM bank.deposit_at('stm.told', 900, 1774740000000, "timestamp" => 1774746000000);
    PERFORM bank.pay_at('stm.told', 100, "timestamp" => 1774746000001, metadata => '{"description": "Rent"}');
    PERFORM bank.withdraw_at('stm.told', 1, "timestamp" => 1774746000002, metadata => '{"description": null}');
    PERFORM bank.post_at(
        '[{"source_account_id": "stm.told", "target_account_id": "stm.alice", "amount": 2,
            "metadata": {"description": "Yours"}},
        {"source_account_id": "stm.told", "target_account_id": "stm.alice", "amount": 3}]',
        metadata => '{"description": "Ours"}', "timestamp" => 1774746000003
    );
END;
$given$;
CREATE TEMP TABLE told AS
SELECT s.* FROM bank.get_statement('stm.told', 0, 1774746000004, time_zone => 'Europe/Berlin') AS s;
SELECT is((SELECT t.holder FROM told AS t), 'Zoë Łódź', 'the holder');
SELECT is((SELECT t.time_zone FROM told AS t), 'Europe/Berlin', 'the zone');
SELECT is(
    (SELECT t.opening_time || ' ' || t.closing_time FROM told AS t),
    '1970-01-01T01:00:00.000+01:00 2026-03-29T03:00:00.003+02:00', 'its first and last millisecond'
);
SELECT results_eq(
    $$
        SELECT l.line ->> 'title', l.line ->> 'description' FROM told AS t
        CROSS JOIN LATERAL json_array_elements(t.transactions) WITH ORDINALITY AS l (line, nr)
        ORDER BY l.nr
    $$,
    $$
        VALUES ('Account opened', NULL), ('Deposit', NULL), ('Payment', 'Rent'), ('Withdrawal', NULL),
        ('Posting', 'Yours'), ('Posting', 'Ours')
    $$, 'operations in words, the posting''s own description before that of all'
);
SELECT is(
    (SELECT (t.transactions -> 1 ->> 'time') || ' ' || (t.transactions -> 1 ->> 'value_time') FROM told AS t),
    '2026-03-29T03:00:00.000+02:00 2026-03-29T00:20:00.000+01:00', 'the clocks have gone on in between'
);
SELECT is(
    (
        SELECT array_agg(k.name ORDER BY k.nr) FROM told AS t
        CROSS JOIN LATERAL json_object_keys(t.transactions -> 0) WITH ORDINALITY AS k (name, nr)
    ),
    (
        SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute AS a
        WHERE a.attrelid = 'bank.statement_line'::regclass
    ), 'a line is what its type says'
);
SELECT is(
    (SELECT s.transactions -> 0 ->> 'time' FROM bank.get_statement('stm.told', by => 'value_at') AS s),
    '2026-03-28T23:20:00.000Z', 'by value date too'
);
DO $given$
BEGIN
    PERFORM bank.set_account_metadata('stm.told', metadata => '{"name": "Zoë Kraków"}');
END;
$given$;
SELECT is(
    (SELECT s.holder FROM bank.get_statement('stm.told', 0, 1) AS s), 'Zoë Kraków',
    'the holder as of now, whatever the period'
);
SELECT lives_ok(
    'SET ROLE bank_auditor; SELECT bank.get_statement(''stm.alice''); RESET ROLE', 'auditors read it'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.get_statement(%L, by => %L)', 'stm.alice', b.by), 'TL007', 'invalid_argument',
    'refuses to read by ' || coalesce(b.by, 'nothing')
) FROM unnest(ARRAY['', NULL]) AS b (by);
SELECT throws_ok(
    format('SELECT bank.get_statement(%L, %s, %s)', 'stm.alice', p.since, p.until), p.code, p.name,
    format('refuses %s to %s', p.since, p.until)
) FROM (VALUES (-1, 0, 'TL003', 'invalid_timestamp'), (1, 0, 'TL020', 'invalid_period'))
AS p (since, until, code, name);
SELECT throws_ok(
    format('SELECT bank.get_statement(%L, time_zone => %L)', 'stm.alice', z.name), 'TL007',
    'invalid_argument', 'refuses time zone ' || coalesce(z.name, 'NULL')
) FROM unnest(ARRAY['Europe/Atlantis', 'UTC+2', NULL]) AS z (name);
SELECT throws_ok(
    $$SELECT bank.get_statement('nobody')$$, 'TL101', 'account_not_found', 'refuses nobody'
);
DO $given$
BEGIN
    PERFORM bank.create_account_at('stm.many', "timestamp" => 1000);
    PERFORM count(bank.deposit_at('stm.many', 1, "timestamp" => 2000)) FROM generate_series(1, 9999);
    PERFORM count(bank.deposit_at('stm.many', 1, 1999, "timestamp" => 2000)) FROM generate_series(1, 2);
END;
$given$;
SELECT throws_ok(
    $$SELECT bank.get_statement('stm.many', 2000)$$, 'TL021', 'statement_too_long',
    'refuses 10001 lines'
);
SELECT throws_ok(
    $$SELECT bank.get_statement('stm.many', 1999, by => 'value_at')$$, 'TL021', 'statement_too_long',
    'by value date too'
);
SELECT is(
    (SELECT json_array_length(s.transactions) FROM bank.get_statement('stm.many', 2000, by => 'value_at') AS s),
    9999, 'but only for lines with their value date in the period'
);

SELECT * FROM finish();
ROLLBACK;
