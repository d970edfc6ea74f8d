-- Tests of bank.list_payments.
BEGIN;
SELECT plan(24);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_payments'::regproc),
    'account_id text, "limit" bigint DEFAULT 100, after text DEFAULT NULL::text, '
    || '"order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_payments'::regproc), 'SETOF bank.payment', 'what it returns'
);
SELECT volatility_is('bank', 'list_payments', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_payments', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_payments'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_payments'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_payments'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given payments that earn cashback and one that does not, one of them partly given back; and
-- those of somebody else, who was paid, too
SELECT count(bank.create_account_at('lp.' || a, "timestamp" => 1000))
FROM unnest('{alice,bob,shop,none}'::text[]) AS a;
SELECT count(bank.deposit_at('lp.' || a, 100000, "timestamp" => 1000))
FROM unnest('{alice,bob}'::text[]) AS a;
CREATE TEMP TABLE paid AS
SELECT
    n.amount,
    (bank.pay_at(
        'lp.alice', n.amount, merchant_account_id => 'lp.shop', fee => 1, "timestamp" => 1000 * n.place
    )).payment_id AS id,
    (bank.pay_at('lp.bob', 300, merchant_account_id => 'lp.shop', "timestamp" => 1000 * n.place)) AS other
FROM unnest(ARRAY[500, 49, 700]) WITH ORDINALITY AS n (amount, place);
SELECT count(bank.refund_payment_at(p.id, 200, "timestamp" => 4000)) FROM paid AS p WHERE p.amount = 700;

-- Works
SELECT results_eq(
    $$SELECT l.payment_id FROM bank.list_payments('lp.alice') AS l$$,
    $$SELECT p.id FROM paid AS p ORDER BY substr(p.id, 8)::bigint$$,
    'all that one account made, in their order'
);
SELECT results_eq(
    $$SELECT row_to_json(l)::jsonb FROM bank.list_payments('lp.alice') AS l$$,
    $$
        SELECT row_to_json(g)::jsonb
        FROM (SELECT (bank.get_payment(p.id)).* FROM paid AS p ORDER BY substr(p.id, 8)::bigint) AS g
    $$, 'each as bank.get_payment tells it'
);
SELECT results_eq(
    $$SELECT l.amount, l.fee, l.refunded FROM bank.list_payments('lp.alice', "order" => 'desc') AS l$$,
    'VALUES (700::bigint, 1::bigint, 200::bigint), (49, 1, 0), (500, 1, 0)',
    'the newest first, with what was given back'
);
SELECT results_eq(
    format(
        'SELECT l.amount FROM bank.list_payments(%L, 1, %L, %L) AS l', 'lp.alice',
        (SELECT p.id FROM paid AS p WHERE p.amount = 49), d.direction
    ), format('VALUES (%s::bigint)', d.amount), 'a page goes on after a payment, ' || d.direction
) FROM (VALUES ('asc', 700), ('desc', 500)) AS d (direction, amount);
SELECT is_empty(
    format('SELECT FROM bank.list_payments(%L)', a.id), a.id || ' made no payment'
) FROM unnest(ARRAY['lp.none', 'lp.shop']) AS a (id);
SELECT lives_ok(
    format('SET ROLE %I; SELECT bank.list_payments(%L); RESET ROLE', r.role, 'lp.alice'),
    'readable by ' || r.role
) FROM unnest(ARRAY['bank_teller', 'bank_auditor']) AS r (role);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_payments(%s)', c.given), c.code, c.name, 'refuses ' || c.given
)
FROM (
    VALUES
    ('''lp.alice'', "limit" => 0', 'TL007', 'invalid_argument'),
    ('''lp.alice'', "order" => ''up''', 'TL007', 'invalid_argument'),
    ('''lp.alice'', after => ''7''', 'TL102', 'payment_not_found'),
    ('''lp.alice'', after => ''''', 'TL102', 'payment_not_found'),
    ('''lp.nobody''', 'TL101', 'account_not_found'),
    ('''@payments''', 'TL101', 'account_not_found'),
    ('NULL', 'TL101', 'account_not_found')
) AS c (given, code, name);
SET LOCAL pgteller.accounts = '{lp.bob}';
SELECT throws_ok(
    $$SELECT bank.list_payments('lp.alice')$$, 'TL101', 'account_not_found',
    'those of an account that is not among one''s own are not there'
);

SELECT * FROM finish();
ROLLBACK;
