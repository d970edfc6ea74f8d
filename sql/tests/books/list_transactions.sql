-- Tests of bank.list_transactions.
BEGIN;
SELECT plan(173);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_transactions'::regproc),
    'account_id text, "timestamp" bigint DEFAULT NULL::bigint, "limit" bigint DEFAULT '
    || '100, after bigint DEFAULT NULL::bigint, operation text DEFAULT NULL::text, '
    || 'amount_min bigint DEFAULT NULL::bigint, amount_max bigint DEFAULT NULL::bigint, '
    || 'since bigint DEFAULT NULL::bigint, until bigint DEFAULT NULL::bigint, '
    || 'contra_account_id text DEFAULT NULL::text, payment_ref text DEFAULT NULL::text, '
    || 'metadata jsonb DEFAULT NULL::jsonb, "order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_transactions'::regproc), 'SETOF bank.history_line',
    'what it returns'
);
SELECT volatility_is('bank', 'list_transactions', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_transactions', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_transactions'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_transactions'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_transactions'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given five legs and three cashbacks, two of which fall due at once
DO $given$
BEGIN
    PERFORM bank.create_account_at('hist.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('hist.alice', 1000, "timestamp" => 2000, metadata => '{"m": 1}');
    PERFORM bank.pay_at('hist.alice', 100, "timestamp" => 3000);
    PERFORM bank.pay_at('hist.alice', 200, "timestamp" => 3000);
    PERFORM bank.pay_at('hist.alice', 300, "timestamp" => 4000);
END;
$given$;
CREATE FUNCTION pg_temp.lines(
    t bigint DEFAULT 9007199254740991, "limit" bigint DEFAULT NULL, after bigint DEFAULT NULL,
    who text DEFAULT 'hist.alice'
) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        format('%s %s%s=%s', l.version, l.operation, to_char(l.amount, 'SFM9999'), l.balance_after),
        ', ' ORDER BY l.nr
    )
    FROM (
        SELECT h.*, row_number() OVER () AS nr
        FROM bank.list_transactions(who, t, "limit", after) AS h
    ) AS l
$function$;
CREATE FUNCTION pg_temp.all_by(page bigint) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_after bigint;
    v_page bigint[];
    v_lines text[] := '{}';
BEGIN
    LOOP
        v_page := ARRAY(
            SELECT h.version
            FROM bank.list_transactions('hist.alice', 9007199254740991, page, v_after) AS h
        );
        IF cardinality(v_page) > page OR cardinality(v_lines) > 100 THEN
            RETURN 'too many';
        END IF;
        v_lines := v_lines || v_page::text[];
        EXIT WHEN cardinality(v_page) < page;
        v_after := v_page[page];
    END LOOP;
    RETURN array_to_string(v_lines, ' ');
END;
$function$;
CREATE FUNCTION pg_temp.expectations() RETURNS SETOF text LANGUAGE plpgsql AS $function$
DECLARE
    c_posted CONSTANT text :=
        '1 open+0=0, 2 deposit+1000=1000, 3 pay-100=900, 4 pay-200=700, 5 pay-300=400';
    c_due CONSTANT text := ', 6 cashback+2=402, 7 cashback+4=406';
    c_last CONSTANT text := ', 8 cashback+6=412';
    v_page bigint;
BEGIN
    RETURN NEXT is(pg_temp.lines(), c_posted || c_due || c_last, 'all of it');
    RETURN NEXT is(pg_temp.lines(0), NULL, 'nothing at the epoch');
    RETURN NEXT is(pg_temp.lines(999), NULL, 'nothing 1 ms before the opening');
    RETURN NEXT is(pg_temp.lines(1000), '1 open+0=0', 'the opening, when it is there');
    RETURN NEXT is(pg_temp.lines(1999), '1 open+0=0', 'between legs');
    RETURN NEXT is(pg_temp.lines(2000), '1 open+0=0, 2 deposit+1000=1000', 'at a leg');
    RETURN NEXT is(
        pg_temp.lines(3000), left(c_posted, -15), 'both legs of one millisecond'
    );
    RETURN NEXT is(pg_temp.lines(4000), c_posted, 'at the newest operation');
    RETURN NEXT is(pg_temp.lines(86402999), c_posted, '1 ms before cashback is due');
    RETURN NEXT is(pg_temp.lines(86403000), c_posted || c_due, 'when two are due');
    RETURN NEXT is(pg_temp.lines(86403999), c_posted || c_due, '1 ms before the third');
    RETURN NEXT is(pg_temp.lines(86404000), c_posted || c_due || c_last, 'when the third is due');
    RETURN NEXT is(pg_temp.lines("limit" => 1), '1 open+0=0', 'a page of 1');
    RETURN NEXT is(pg_temp.lines("limit" => 5), c_posted, 'a page of what was paid');
    RETURN NEXT is(
        pg_temp.lines("limit" => 6), c_posted || ', 6 cashback+2=402', 'and of one line more'
    );
    RETURN NEXT is(
        pg_temp.lines("limit" => 2, after => 4), '5 pay-300=400, 6 cashback+2=402',
        'a page across the cashback'
    );
    RETURN NEXT is(
        pg_temp.lines("limit" => 1, after => 5), '6 cashback+2=402', 'a page of the first cashback'
    );
    RETURN NEXT is(
        pg_temp.lines("limit" => 1, after => 6), '7 cashback+4=406', 'a page of the second one'
    );
    RETURN NEXT is(
        pg_temp.lines("limit" => 2, after => 6), '7 cashback+4=406, 8 cashback+6=412',
        'a page of the last two'
    );
    RETURN NEXT is(
        pg_temp.lines(86403000, 2, 6), '7 cashback+4=406', 'a page at a moment of the past'
    );
    RETURN NEXT is(
        pg_temp.lines(after => 5), '6 cashback+2=402, 7 cashback+4=406, 8 cashback+6=412',
        'all after a version'
    );
    RETURN NEXT is(pg_temp.lines(after => 8), NULL, 'nothing follows the last');
    RETURN NEXT is(pg_temp.lines(after => 9223372036854775807), NULL, 'nor any later number');
    RETURN NEXT is(
        pg_temp.lines("limit" => 1, after => -9223372036854775808), '1 open+0=0',
        'a start before the first'
    );
    RETURN NEXT is(
        pg_temp.lines("limit" => 9223372036854775807), c_posted || c_due || c_last,
        'the largest limit'
    );
    FOREACH v_page IN ARRAY ARRAY[1, 2, 3, 5, 6, 7, 8, 9]::bigint[] LOOP
        RETURN NEXT is(
            pg_temp.all_by(v_page), '1 2 3 4 5 6 7 8',
            format('pages of %s give every line once', v_page)
        );
    END LOOP;
    RETURN NEXT is(
        (
            SELECT array_agg(
                l.version ORDER BY l."timestamp", l.transaction_id NULLS LAST, l.version
            )
            FROM bank.list_transactions('hist.alice', 9007199254740991) AS l
        ),
        ARRAY[1, 2, 3, 4, 5, 6, 7, 8]::bigint[], 'the order of (timestamp, transaction_id)'
    );
END;
$function$;

-- Works, while the cashback is unposted
SELECT pg_temp.expectations();
SELECT is(
    pg_temp.lines(NULL),
    pg_temp.lines(), 'without a moment it is as of now, with what is due but unposted'
);
SELECT is(
    (
        SELECT jsonb_agg(
            to_jsonb(l) - ARRAY['transaction_id', 'recorded_at', 'hash', 'payment_ref']
        )
        FROM bank.list_transactions('hist.alice', 86403000, 1, 1) AS l
    ),
    $$[{
        "timestamp": 2000, "value_at": 2000, "operation": "deposit", "amount": 1000,
        "balance_after": 1000, "contra_account_id": "@external", "deposited": null,
        "refers_to": null, "metadata": {"m": 1}, "posting_metadata": null,
        "details": null, "version": 2
    }]$$::jsonb, 'a line in full'
);
SELECT results_eq(
    $$
        SELECT l.transaction_id, l.recorded_at, l.payment_ref, l.hash
        FROM bank.list_transactions('hist.alice', 4000) AS l
    $$,
    $$
        SELECT t.transaction_id, t.recorded_at, t.payment_ref COLLATE "default",
            encode(t.hash, 'hex')
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'hist.alice'
        ORDER BY t.version
    $$, 'with ids, recording times, payments and hashes'
);
CREATE TEMP TABLE shown AS
SELECT l.* FROM bank.list_transactions('hist.alice', 86404000, NULL, 5) AS l;
SELECT results_eq(
    $$
        SELECT s.deposited, s.transaction_id, s.recorded_at, s.hash, s.contra_account_id
        FROM shown AS s
    $$,
    $$
        SELECT false, NULL::bigint, NULL::bigint, NULL::text, '@cashback'
        FROM generate_series(1, 3)
    $$, 'unposted lines say so'
);
SELECT is_empty(
    $$
        SELECT s.payment_ref FROM shown AS s
        EXCEPT
        SELECT t.payment_ref FROM ledger.ledger_transactions AS t WHERE t.account_id = 'hist.alice'
    $$, 'and name their payments'
);

-- Works just so when two, then all of them are posted
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86403000);
END;
$settle$;
SELECT pg_temp.expectations();
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86404000);
END;
$settle$;
SELECT pg_temp.expectations();
SELECT is(
    (
        SELECT array_agg(l.deposited ORDER BY l.version)
        FROM bank.list_transactions('hist.alice', 86404000) AS l
    ),
    ARRAY[NULL, NULL, NULL, NULL, NULL, true, true, true], 'only cashback is deposited or not'
);
SELECT is_empty(
    $$
        SELECT s."timestamp", s.amount, s.balance_after, s.version, s.payment_ref FROM shown AS s
        EXCEPT
        SELECT l."timestamp", l.amount, l.balance_after, l.version, l.payment_ref
        FROM bank.list_transactions('hist.alice', 86404000) AS l
    $$, 'posted lines are what was shown before'
);

-- Works on a collecting account, before and after folding
DO $given$
BEGIN
    PERFORM bank.create_account_at('hist.shop', "timestamp" => 1000);
    PERFORM bank.create_account_at('hist.payer', "timestamp" => 1000);
    PERFORM bank.deposit_at('hist.shop', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('hist.payer', 1000, "timestamp" => 1000);
    PERFORM bank.pay_at('hist.shop', 50, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'hist.shop';
    PERFORM bank.transfer_at('hist.payer', 'hist.shop', 7, "timestamp" => 5000);
    PERFORM bank.pay_at('hist.payer', 8, 'hist.shop', "timestamp" => 86401000);
    PERFORM bank.transfer_at('hist.payer', 'hist.shop', 9, "timestamp" => 86402000);
END;
$given$;
CREATE TEMP TABLE pages AS
SELECT m.t, p.page, a.after, pg_temp.lines(m.t, p.page, a.after, 'hist.shop') AS lines
FROM unnest(ARRAY[999, 1000, 4999, 5000, 86401000, 86402000]) AS m (t)
CROSS JOIN unnest(ARRAY[1, 2, 3, NULL]) AS p (page)
CROSS JOIN generate_series(0, 8) AS a (after);
SELECT is(
    pg_temp.lines(86402000, NULL, 3, 'hist.shop'),
    '4 transfer+7=957, 5 cashback+1=958, 6 pay+8=966, 7 transfer+9=975',
    'collected credits and cashback in the order of their times'
);
SELECT lives_ok(
    $$SELECT bank.deposit_at('hist.shop', 1, "timestamp" => 90000000)$$, 'then they are folded in'
);
SELECT is_empty(
    $$
        SELECT p.* FROM pages AS p
        WHERE p.lines IS DISTINCT FROM pg_temp.lines(p.t, p.page, p.after, 'hist.shop')
    $$, 'and every page reads as before'
);

-- Works with filters, before and after what is due is posted
DO $given$
BEGIN
    PERFORM bank.create_account_at('hist.carol', "timestamp" => 1000);
    PERFORM bank.deposit_at('hist.carol', 1000, "timestamp" => 2000, metadata => '{"o": {"n": 1}}');
    PERFORM bank.pay_at('hist.carol', 100, "timestamp" => 3000, metadata => '{"o": {"n": 2}}');
    PERFORM bank.transfer_at('hist.carol', 'hist.payer', 50, "timestamp" => 86402000);
    PERFORM bank.pay_at('hist.carol', 200, "timestamp" => 86403000);
END;
$given$;
CREATE FUNCTION pg_temp.filtered(filters jsonb) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(l.version::text, ' ' ORDER BY l.nr)
    FROM (
        SELECT h.*, row_number() OVER () AS nr
        FROM bank.list_transactions(
            'hist.carol',
            (filters ->> 'timestamp')::bigint,
            coalesce((filters ->> 'limit')::bigint, 100),
            (filters ->> 'after')::bigint,
            filters ->> 'operation',
            (filters ->> 'amount_min')::bigint,
            (filters ->> 'amount_max')::bigint,
            (filters ->> 'since')::bigint,
            (filters ->> 'until')::bigint,
            filters ->> 'contra_account_id',
            filters ->> 'payment_ref',
            filters -> 'metadata'
        ) AS h
    ) AS l
$function$;
CREATE TEMP TABLE filter AS SELECT f.filters::jsonb, f.versions FROM (
    VALUES ('{}', '1 2 3 4 5 6 7'),
    ('{"operation": "cashback"}', '5 7'),
    ('{"operation": "withdraw"}', NULL),
    ('{"amount_min": 1}', '2 5 7'),
    ('{"amount_max": -100}', '3 6'),
    ('{"amount_min": 0, "amount_max": 2}', '1 5'),
    ('{"amount_min": 5, "amount_max": 4}', NULL),
    ('{"since": 3000}', '3 4 5 6 7'),
    ('{"since": 3001, "until": 86403000}', '4'),
    ('{"since": 3001, "until": 86403001}', '4 5 6'),
    ('{"since": 3000, "until": 3000}', NULL),
    ('{"since": 86403001}', '7'),
    ('{"since": 172803001}', NULL),
    ('{"until": 172803000}', '1 2 3 4 5 6'),
    ('{"until": 172803001}', '1 2 3 4 5 6 7'),
    ('{"until": 172803001, "timestamp": 3000}', '1 2 3'),
    ('{"until": 3000, "timestamp": 172803001}', '1 2'),
    ('{"contra_account_id": "@cashback"}', '5 7'),
    ('{"contra_account_id": "hist.payer"}', '4'),
    ('{"metadata": {}}', '2 3'),
    ('{"metadata": {"o": {"n": 2}}}', '3'),
    ('{"metadata": {"o": {"n": 2}}, "amount_min": 1}', NULL),
    ('{"operation": "cashback", "limit": 1}', '5'),
    ('{"operation": "cashback", "limit": 1, "after": 5}', '7'),
    ('{"operation": "pay", "limit": 1, "after": 3}', '6'),
    ('{"amount_min": 1, "after": 1, "limit": 3}', '2 5 7')
) AS f (filters, versions);
SELECT is(pg_temp.filtered(f.filters), f.versions, 'filters ' || f.filters::text) FROM filter AS f;
SELECT is(
    pg_temp.filtered(jsonb_build_object('payment_ref', l.payment_ref)), '3 5', 'filters by payment'
) FROM bank.list_transactions('hist.carol', "limit" => 1, after => 2) AS l;
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(172803000);
END;
$settle$;
SELECT is_empty(
    $$SELECT f.* FROM filter AS f WHERE pg_temp.filtered(f.filters) IS DISTINCT FROM f.versions$$,
    'all the same once it is'
);

-- Works for readers, 100 lines unless told otherwise
DO $given$
BEGIN
    PERFORM bank.create_account('hist.many');
    FOR i IN 1..120 LOOP
        PERFORM bank.deposit('hist.many', 1);
    END LOOP;
END;
$given$;
SELECT is(
    (SELECT count(*) FROM bank.list_transactions('hist.many')), 100::bigint, '100 lines unless told'
);
SELECT lives_ok(
    format('SET ROLE %I; SELECT bank.list_transactions(%L); RESET ROLE', r.role, 'hist.alice'),
    'readable by ' || r.role
) FROM unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (role);

-- Shows value dates, folded or not. Who posted a line, and for whom, stands in bank.legs, for some
DO $given$
BEGIN
    PERFORM bank.create_account_at('hist.dated', "timestamp" => 1000);
    PERFORM bank.deposit_at('hist.dated', 5, 500, "timestamp" => 2000);
    PERFORM bank.deposit_at('hist.dated', 5, 2000, "timestamp" => 2000);
    PERFORM bank.deposit_at('hist.dated', 5, 3000, "timestamp" => 2000);
    PERFORM bank.post_at('[
        {"source_account_id": "hist.dated", "target_account_id": "@fees", "amount": 1},
        {"source_account_id": "@external", "target_account_id": "hist.dated", "amount": 1,
         "metadata": {"p": 1}}
    ]', value_at => 4000, "timestamp" => 2000);
    PERFORM bank.set_collecting('hist.dated', true, "timestamp" => 2000);
    SET LOCAL pgteller.on_behalf_of = 'carol';
    PERFORM bank.transfer_at('hist.payer', 'hist.dated', 5, 600, "timestamp" => 86402000);
    PERFORM bank.transfer_at('hist.payer', 'hist.dated', 5, "timestamp" => 86402001);
    RESET pgteller.on_behalf_of;
END;
$given$;
CREATE FUNCTION pg_temp.dates() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(concat_ws(' ', l.version, l.value_at, l.posting_metadata), ', ' ORDER BY l.version)
    FROM bank.list_transactions('hist.dated') AS l
$function$;
CREATE FUNCTION pg_temp.actors() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(replace(l.actor, session_user, 'me'), ' ' ORDER BY l.version, l.transaction_id)
    FROM bank.legs AS l WHERE l.account_id = 'hist.dated'
$function$;
CREATE FUNCTION pg_temp.shown() RETURNS SETOF text LANGUAGE plpgsql AS $function$
BEGIN
    RETURN NEXT is(
        pg_temp.dates(),
        '1 1000, 2 500, 3 2000, 4 3000, 5 4000, 6 4000 {"p": 1}, 7 2000, 8 600, 9 86402001',
        'each line with its value date'
    );
    RETURN NEXT is(
        pg_temp.actors(), 'me me me me me me me me/carol me/carol', 'a superuser sees who posted it'
    );
    SET LOCAL ROLE bank_auditor;
    RETURN NEXT is(
        pg_temp.actors(), 'me me me me me me me me/carol me/carol', 'an auditor does'
    );
    SET LOCAL ROLE bank_operator;
    RETURN NEXT is(
        pg_temp.actors(), 'me me me me me me me me/carol me/carol', 'an operator does'
    );
    SET LOCAL ROLE bank_teller;
    RETURN NEXT throws_ok(
        'SELECT pg_temp.actors()', '42501', 'permission denied for view legs', 'a teller does not'
    );
    RESET ROLE;
END;
$function$;
SELECT pg_temp.shown();
DO $fold$
BEGIN
    PERFORM bank.set_collecting('hist.dated', false, "timestamp" => 86402001);
END;
$fold$;
SELECT is(
    pg_temp.actors(), 'me me me me me me me me/carol me/carol me', 'all the same once it is folded'
);
SELECT is(
    pg_temp.dates(),
    '1 1000, 2 500, 3 2000, 4 3000, 5 4000, 6 4000 {"p": 1}, 7 2000, 8 600, 9 86402001, 10 86402001',
    'value dates too'
);

-- Works on an account ahead of the clock
UPDATE ledger.settings AS s SET max_ahead_ms = 9007199254740991;
DO $given$
BEGIN
    PERFORM bank.create_account_at('hist.ahead', "timestamp" => 9007199254740000);
    PERFORM bank.deposit_at('hist.ahead', 5, "timestamp" => 9007199254740000);
END;
$given$;
SELECT is(
    pg_temp.lines(NULL, who => 'hist.ahead'), '1 open+0=0, 2 deposit+5=5',
    'without a moment its history goes on to its newest leg'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_transactions(%L, "limit" => %s)', 'hist.alice', l.n),
    'TL007', 'invalid_argument', 'refuses a limit of ' || l.n
) FROM unnest(ARRAY[0, -1]) AS l (n);
SELECT throws_ok(
    format('SELECT bank.list_transactions(%L, %s)', 'hist.alice', t.t),
    'TL003', 'invalid_timestamp', 'refuses the moment ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    format('SELECT bank.list_transactions(%L, %s)', 'hist.alice', f.filter), f.code, f.name,
    'refuses ' || f.filter
) FROM (
    VALUES ('operation => ''freeze''', 'TL007', 'invalid_argument'),
    ('operation => ''Pay''', 'TL007', 'invalid_argument'),
    ('operation => ''''', 'TL007', 'invalid_argument'),
    ('since => -1', 'TL003', 'invalid_timestamp'),
    ('until => 9007199254740993', 'TL003', 'invalid_timestamp'),
    ('since => 2, until => 1', 'TL020', 'invalid_period'),
    ('metadata => $j$[]$j$', 'TL005', 'invalid_metadata')
) AS f (filter, code, name);
SELECT throws_ok(
    format('SELECT bank.list_transactions(%L)', a.id), 'TL101', 'account_not_found',
    'refuses the account ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['hist.nobody', '@external', NULL]) AS a (id);

SELECT * FROM finish();
ROLLBACK;
