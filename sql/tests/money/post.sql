-- Tests of bank.post.
BEGIN;
SELECT plan(57);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.post'::regproc),
    'postings json, refers_to bigint DEFAULT NULL::bigint, value_at bigint DEFAULT '
    || 'NULL::bigint, metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT '
    || 'NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.post'::regproc), 'bank.post_receipt', 'what it returns');
SELECT volatility_is('bank', 'post', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'post', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.post'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.post'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.post'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);
SELECT ok(
    has_function_privilege('bank_teller', 'bank.post'::regproc, 'EXECUTE'), 'a teller may call it'
);

CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('post.' || w.who, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob', 'Zoe', 'shop', 'full']) AS w (who);
    PERFORM bank.create_account_at('post.' || w.who, 'JPY', "timestamp" => 1000)
    FROM unnest(ARRAY['yen', 'yen2']) AS w (who);
    PERFORM bank.deposit_at('post.alice', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('post.full', 9007199254740990, "timestamp" => 1000);
    PERFORM bank.pay_at('post.alice', 100, "timestamp" => 1000);
    PERFORM bank.set_collecting('post.shop', true, "timestamp" => 1000);
    PERFORM bank.transfer_at('post.alice', 'post.shop', 50, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.become(who text, new_status text) RETURNS void
LANGUAGE sql AS $function$
    UPDATE ledger.accounts AS a SET status = new_status WHERE a.account_id = who
$function$;
-- Postings as a text: source, target, amount; source, target, amount ...
CREATE FUNCTION pg_temp.postings(movements text) RETURNS json LANGUAGE sql AS $function$
    SELECT json_agg(json_build_object(
        'source_account_id', m.p[1], 'target_account_id', m.p[2], 'amount', m.p[3]::bigint
    ) ORDER BY m.number)
    FROM (
        SELECT regexp_split_to_array(t.part, ' '), t.number
        FROM regexp_split_to_table(movements, '; ') WITH ORDINALITY AS t (part, number)
    ) AS m (p, number)
$function$;
CREATE FUNCTION pg_temp.post(movements text, t bigint DEFAULT 2000) RETURNS bank.post_receipt
LANGUAGE sql AS $function$
    SELECT bank.post_at(pg_temp.postings(movements), "timestamp" => t)
$function$;
CREATE FUNCTION pg_temp.legs() RETURNS bigint LANGUAGE sql AS $function$
    SELECT count(*) FROM ledger.ledger_transactions AS t WHERE starts_with(t.account_id, 'post.')
$function$;

-- Works
CREATE TEMP TABLE first AS
SELECT r.* FROM bank.post_at(
    '[
        {"source_account_id": "post.alice", "target_account_id": "post.bob", "amount": 100},
        {"source_account_id": "post.bob", "target_account_id": "post.Zoe", "amount": 90,
            "metadata": {"p": 1}},
        {"source_account_id": "post.bob", "target_account_id": "@fees", "amount": 10},
        {"source_account_id": "@promotions", "target_account_id": "post.yen", "amount": 7}
    ]', value_at => 500, "timestamp" => 2000, metadata => '{"for": "rent"}'
) AS r;
SELECT is(
    (SELECT to_jsonb(f) - 'transaction_id' FROM first AS f),
    $${
        "postings": 4, "refers_to": null, "timestamp": 2000, "accounts": [
            {"account_id": "post.Zoe", "balance": 90, "available": 90, "currency": "EUR"},
            {"account_id": "post.alice", "balance": 750, "available": 750, "currency": "EUR"},
            {"account_id": "post.bob", "balance": 0, "available": 0, "currency": "EUR"},
            {"account_id": "post.yen", "balance": 7, "available": 7, "currency": "JPY"}
        ]
    }$$::jsonb, 'the receipt, with what each customer has then'
);
SELECT is(
    (
        SELECT jsonb_agg(to_jsonb(t) - ARRAY['hash', 'key_hash', 'recorded_at', 'version'] ORDER BY t.leg)
        FROM ledger.ledger_transactions AS t
        INNER JOIN first AS f ON f.transaction_id = t.transaction_id
    ),
    (
        SELECT jsonb_agg(jsonb_build_object(
            'transaction_id', f.transaction_id, 'actor', session_user, 'leg', l.leg,
            'account_id', l.account_id, 'amount', l.amount, 'balance_after', l.balance,
            'pending_cashback_after', CASE l.account_id WHEN 'post.alice' THEN 2 ELSE 0 END,
            'contra_account_id', l.contra, 'posting_metadata', l.metadata
        ) || $${
            "timestamp": 2000, "value_at": 500, "operation": "post", "held_after": 0,
            "overdraft_limit_after": 0, "payment_ref": null, "refers_to": null, "folded_in": null,
            "on_behalf_of": null, "metadata": {"for": "rent"}, "details": null, "hash_version": 1
        }$$ ORDER BY l.leg)
        FROM first AS f CROSS JOIN (
            VALUES (1, 'post.alice', -100, 750, 'post.bob', NULL::jsonb),
            (2, 'post.bob', 100, 100, 'post.alice', NULL),
            (3, 'post.bob', -90, 10, 'post.Zoe', '{"p": 1}'),
            (4, 'post.Zoe', 90, 90, 'post.bob', '{"p": 1}'),
            (5, 'post.bob', -10, 0, '@fees', NULL), (6, 'post.yen', 7, 7, '@promotions', NULL)
        ) AS l (leg, account_id, amount, balance, contra, metadata)
    ), 'a leg per customer side, numbered through, later ones after earlier ones'
);
SELECT is(
    (
        SELECT array_agg(format('%s %s %s', l.account_id, l.amount, l.currency) ORDER BY l.leg)
        FROM bank.legs AS l INNER JOIN first AS f ON f.transaction_id = l.transaction_id
        WHERE l.account_id LIKE '@%'
    ), ARRAY['@fees 10 EUR', '@promotions -7 JPY'], 'the sides of the house follow from them'
);
SELECT is(
    (pg_temp.post('post.shop post.bob 50')).accounts::jsonb #> '{1,balance}', '0',
    'what a collecting account has collected can be posted on'
);
SELECT is(
    (pg_temp.post('post.bob post.shop 50')).accounts::jsonb #> '{1,balance}', '50',
    'and what it gets is posted, not collected'
);
SELECT is(
    (SELECT count(*) FROM ledger.collected_credits AS c WHERE c.account_id = 'post.shop'),
    0::bigint, 'so that the receipt can tell'
);
SELECT pg_temp.become('post.bob', 'frozen');
SELECT is(
    (pg_temp.post('post.Zoe post.bob 1')).accounts::jsonb #> '{1,balance}', '1',
    'a frozen account is credited'
);
SELECT pg_temp.become('post.bob', 'active');
SELECT ok(
    r."timestamp" BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'without a timestamp it counts from the server clock'
) FROM bank.post(pg_temp.postings('@external post.yen 1')) AS r;
SELECT is(
    (pg_temp.post('post.alice post.bob 752', 86401000)).accounts::jsonb #> '{0,balance}', '0',
    'cashback that is due by then comes first, and can be spent'
);
SELECT lives_ok(
    $$
        SET ROLE bank_teller;
        SELECT bank.post('[
            {"source_account_id": "@external", "target_account_id": "post.yen", "amount": 1}
        ]');
        RESET ROLE
    $$, 'a teller does it on the server clock'
);
CREATE TEMP TABLE many AS
SELECT r.* FROM bank.post_at((
    SELECT json_agg(json_build_object(
        'source_account_id', CASE i % 2 WHEN 1 THEN 'post.bob' ELSE 'post.alice' END,
        'target_account_id', CASE i % 2 WHEN 1 THEN 'post.alice' ELSE 'post.bob' END, 'amount', 1
    ) ORDER BY i) FROM generate_series(1, 1000) AS g (i)
), "timestamp" => 86401000) AS r;
SELECT is(
    (
        SELECT array_agg(DISTINCT t.leg) = ARRAY(SELECT generate_series(1, 2000))
        FROM ledger.ledger_transactions AS t
        INNER JOIN many AS m ON m.transaction_id = t.transaction_id
    ), true, 'a thousand of them'
);
SELECT is(
    (
        SELECT jsonb_agg(a.value -> 'balance')
        FROM many AS m CROSS JOIN jsonb_array_elements(m.accounts::jsonb) AS a
    ), '[0, 753]', 'one after the other'
);
SELECT is_empty(
    $$
        SELECT c."check" FROM bank.verify_ledger() AS c
        WHERE NOT c.ok AND c.sample::text ~ 'post\.'
    $$, 'the ledger is intact'
);

-- Works: to give back a part
CREATE TEMP TABLE back AS
SELECT r.* FROM first AS f CROSS JOIN LATERAL bank.post_at(
    pg_temp.postings('post.bob post.alice 30; @fees post.bob 1'), f.transaction_id,
    "timestamp" => 86401000
) AS r;
SELECT is(b.refers_to, f.transaction_id, 'the receipt names what it refers to')
FROM back AS b CROSS JOIN first AS f;
SELECT is(
    (
        SELECT array_agg(DISTINCT t.refers_to) FROM ledger.ledger_transactions AS t
        INNER JOIN back AS b ON b.transaction_id = t.transaction_id
    ), ARRAY[f.transaction_id], 'and so do the legs'
) FROM first AS f;

-- Works: a key
CREATE TEMP TABLE keyed AS
SELECT r.transaction_id, r.postings, r.accounts::text, r."timestamp" FROM bank.post_at(
    '[{"source_account_id": "@external", "target_account_id": "post.alice", "amount": 5}]',
    "timestamp" => 86401000, metadata => '{"a": 1, "b": 2}', idempotency_key => 'k'
) AS r;
DO $given$
BEGIN
    PERFORM bank.deposit_at('post.alice', 1, "timestamp" => 86402000);
END;
$given$;
CREATE TEMP TABLE legs AS SELECT pg_temp.legs() AS count;
SELECT results_eq(
    $$
        SELECT r.transaction_id, r.postings, r.accounts::text, r."timestamp" FROM bank.post_at(
            '[{ "amount": 5, "target_account_id": "post.alice", "source_account_id": "@external" }]',
            "timestamp" => 86401000, metadata => '{"b": 2, "a": 1}', idempotency_key => 'k'
        ) AS r
    $$, 'SELECT k.* FROM keyed AS k',
    'a repeat, however it is written, gets the first receipt again, though its time is past by now'
);
SELECT is(pg_temp.legs(), l.count, 'and posts nothing') FROM legs AS l;
SELECT is(
    (
        SELECT array_agg(k.owner) FROM ledger.idempotency_keys AS k
        WHERE k.idempotency_key = 'k' AND k.operation = 'post'
    ), ARRAY['@login:' || session_user], 'the key belongs to the login'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.post(%L, %s)', pg_temp.postings('post.alice post.bob 1'), r.arguments),
    r.code, r.name, 'refuses: ' || r.arguments
) FROM (
    VALUES ($$metadata => '[]'$$, 'TL005', 'invalid_metadata'),
    ($$idempotency_key => ''$$, 'TL006', 'invalid_idempotency_key'),
    ('value_at => -1', 'TL003', 'invalid_timestamp')
) AS r (arguments, code, name);
SELECT throws_ok(
    format('SELECT bank.post(%L)', p.postings), 'TL012', 'invalid_postings',
    'refuses the postings ' || coalesce(p.postings, 'NULL')
) FROM unnest(ARRAY[NULL, '[]', '{}', '[7]']) AS p (postings);
SELECT throws_ok(
    format('SELECT pg_temp.post(%L, 86402000)', p.movements), p.code, p.name,
    'refuses ' || p.movements
) FROM (
    VALUES ('post.alice post.bob 0', 'TL002', 'invalid_amount'),
    ('post.alice post.alice 1', 'TL008', 'same_account'),
    ('@external @fees 1', 'TL012', 'invalid_postings'),
    ('post.alice post.bob 1; post.nobody post.bob 1', 'TL101', 'account_not_found'),
    ('post.alice post.bob 1; post.bob post.yen2 1', 'TL009', 'currency_mismatch'),
    ('@external post.alice 1; post.Zoe post.alice 900', 'TL302', 'insufficient_funds'),
    ('post.bob post.full 2', 'TL307', 'balance_limit_exceeded')
) AS p (movements, code, name);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.post('post.nobody post.bob 1; post.No post.bob 1')$$),
    '{"account_id": "post.No"}'::jsonb, 'names the first account in byte order that is not there'
);
SELECT throws_ok(
    format(
        'SELECT bank.post_at(%L, %L, %L, %L, %L, %L)',
        pg_temp.postings('@external post.alice ' || k.amount), k.refers_to, k.value_at, k.t,
        k.metadata, 'k'
    ), 'TL010', 'idempotency_key_reused', 'refuses the key for another ' || k.what
) FROM (
    VALUES (6, NULL, NULL, 86401000, '{"a": 1, "b": 2}', 'posting'),
    (5, 1, NULL, 86401000, '{"a": 1, "b": 2}', 'reference'),
    (5, NULL, 1, 86401000, '{"a": 1, "b": 2}', 'value date'),
    (5, NULL, NULL, 86402000, '{"a": 1, "b": 2}', 'time'),
    (5, NULL, NULL, 86401000, '{"a": 1}', 'metadata')
) AS k (amount, refers_to, value_at, t, metadata, what);
SELECT throws_ok(
    format('SELECT pg_temp.post(%L, %s)', 'post.alice post.bob 1', t.t), t.code, t.name,
    'refuses by the time: ' || t.name
) FROM (
    VALUES (-1, 'TL003', 'invalid_timestamp'), (86400999, 'TL306', 'timestamp_in_past'),
    (engine.now() + 3600000, 'TL308', 'timestamp_in_future')
) AS t (t, code, name);
SELECT throws_ok(
    $$
        SET ROLE bank_teller;
        SELECT bank.post_at('[
            {"source_account_id": "@external", "target_account_id": "post.yen", "amount": 1}
        ]', "timestamp" => 86402000)
    $$, '42501', 'permission denied for function post_at', 'refuses a time from a teller'
);
SELECT throws_ok(
    format('SELECT bank.post(%L, 0)', pg_temp.postings('post.alice post.bob 1')), 'TL103',
    'transaction_not_found', 'refuses to refer to what is not there'
);
SELECT throws_ok(
    format(
        'SELECT bank.post(%L, %s)', pg_temp.postings('post.bob post.alice 71'), f.transaction_id
    ), 'TL318', 'refund_exceeds_transaction', 'refuses to give back more than there was'
) FROM first AS f;
SELECT throws_ok(
    format(
        'SELECT pg_temp.become(%L, %L); SELECT pg_temp.post(%L, 86402000)',
        s.who, s.status, 'post.alice post.bob 1'
    ), s.code, 'account_' || s.status, format('refuses where %s is %s', s.who, s.status)
) FROM (
    VALUES ('post.alice', 'frozen', 'TL303'), ('post.bob', 'blocked', 'TL304'),
    ('post.bob', 'closed', 'TL305')
) AS s (who, status, code);
SELECT is(pg_temp.legs(), l.count, 'whatever was refused has left nothing') FROM legs AS l;
SELECT throws_ok(
    $$
        SET ROLE bank_auditor;
        SELECT bank.post('[
            {"source_account_id": "@external", "target_account_id": "post.yen", "amount": 1}
        ]')
    $$, '42501', NULL, 'an auditor moves nothing'
);

SELECT * FROM finish();
ROLLBACK;
