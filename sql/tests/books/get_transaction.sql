-- Tests of bank.get_transaction.
BEGIN;
SELECT plan(34);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.get_transaction'::regproc),
    'transaction_id bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.get_transaction'::regproc), 'SETOF bank.leg',
    'what it returns'
);
SELECT volatility_is('bank', 'get_transaction', 'stable', 'it is stable');
SELECT is_definer('bank', 'get_transaction', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.get_transaction'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.get_transaction'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.get_transaction'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('tx.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('tx.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('tx.shop', "timestamp" => 1000);
    PERFORM bank.create_account_at('tx.yen', 'JPY', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id IN ('tx.shop', 'tx.yen');
END;
$given$;
CREATE TEMP TABLE done AS
SELECT 'deposit' AS what, r.transaction_id
FROM bank.deposit_at('tx.alice', 5000, 1200, 1500, '{"m": 1}') AS r
UNION ALL
SELECT 'withdraw', r.transaction_id FROM bank.withdraw_at('tx.alice', 10, "timestamp" => 2000) AS r
UNION ALL
SELECT 'transfer', r.transaction_id FROM bank.transfer_at('tx.alice', 'tx.bob', 20, "timestamp" => 2000) AS r
UNION ALL
SELECT 'pay', r.transaction_id FROM bank.pay_at('tx.alice', 50, "timestamp" => 2000) AS r
UNION ALL
SELECT 'pay merchant', r.transaction_id
FROM bank.pay_at('tx.alice', 60, 'tx.bob', 7, "timestamp" => 2000) AS r
UNION ALL
SELECT 'collected', r.transaction_id
FROM bank.transfer_at('tx.alice', 'tx.shop', 30, "timestamp" => 2000) AS r
UNION ALL
SELECT 'exchange', r.transaction_id
FROM bank.exchange('tx.alice', 'tx.yen', 40, 66, "timestamp" => 2000) AS r
UNION ALL
SELECT 'post', r.transaction_id
FROM bank.post_at(
    '[
        {"source_account_id": "tx.alice", "target_account_id": "tx.bob", "amount": 3},
        {"source_account_id": "tx.bob", "target_account_id": "@fees", "amount": 1,
         "metadata": {"p": 2}},
        {"source_account_id": "tx.bob", "target_account_id": "tx.alice", "amount": 2}
    ]', "timestamp" => 2000
) AS r;
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86402000);
END;
$settle$;
INSERT INTO done
SELECT t.operation, t.transaction_id
FROM ledger.ledger_transactions AS t
WHERE (t.operation = 'open' AND t.account_id = 'tx.bob')
    OR (t.operation = 'cashback' AND t.account_id = 'tx.alice' AND t.version = 12);
CREATE FUNCTION pg_temp.sides(what text) RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(
        format('%s %s to %s', l.account_id, l.amount, l.contra_account_id) ORDER BY l.nr
    ) FROM (
        SELECT g.*, row_number() OVER () AS nr
        FROM done AS d
        CROSS JOIN LATERAL bank.get_transaction(d.transaction_id) AS g
        WHERE d.what = sides.what
    ) AS l
$function$;

-- Works
SELECT is(
    (
        SELECT jsonb_agg(
            to_jsonb(l) - ARRAY['recorded_at', 'hash', 'transaction_id']
        )
        FROM done AS d
        CROSS JOIN LATERAL bank.get_transaction(d.transaction_id) AS l
        WHERE d.what = 'deposit'
    ),
    $$[
        {"leg": 1, "timestamp": 1500, "value_at": 1200, "operation": "deposit",
         "account_id": "@external", "currency": "EUR", "amount": -5000, "balance_after": null,
         "contra_account_id": "tx.alice", "payment_ref": null, "refers_to": null,
         "metadata": {"m": 1}, "posting_metadata": null, "details": null, "version": null},
        {"leg": 1, "timestamp": 1500, "value_at": 1200, "operation": "deposit",
         "account_id": "tx.alice", "currency": "EUR", "amount": 5000, "balance_after": 5000,
         "contra_account_id": "@external", "payment_ref": null, "refers_to": null,
         "metadata": {"m": 1}, "posting_metadata": null, "details": null, "version": 2}
    ]$$::jsonb,
    'both sides of it, the debit first; the house has no balance and no version'
);
SELECT results_eq(
    $$
        SELECT l.transaction_id, l.recorded_at, l.hash
        FROM done AS d
        CROSS JOIN LATERAL bank.get_transaction(d.transaction_id) AS l
        WHERE d.what = 'deposit' AND l.version = 2
    $$,
    $$
        SELECT t.transaction_id, t.recorded_at, encode(t.hash, 'hex')
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'tx.alice' AND t.version = 2
    $$,
    'with its id, when it was written, and its hash'
);
SELECT is(pg_temp.sides(c.what), c.sides, c.what) FROM (
    VALUES
    ('open', ARRAY['tx.bob 0 to ']),
    ('withdraw', ARRAY['tx.alice -10 to @external', '@external 10 to tx.alice']),
    ('transfer', ARRAY['tx.alice -20 to tx.bob', 'tx.bob 20 to tx.alice']),
    ('pay', ARRAY['tx.alice -50 to @payments', '@payments 50 to tx.alice']),
    ('pay merchant', ARRAY[
        'tx.alice -60 to tx.bob', 'tx.alice -7 to @fees', '@fees 7 to tx.alice',
        'tx.bob 60 to tx.alice'
    ]),
    ('cashback', ARRAY['@cashback -1 to tx.alice', 'tx.alice 1 to @cashback']),
    ('collected', ARRAY['tx.alice -30 to tx.shop', 'tx.shop 30 to tx.alice']),
    ('exchange', ARRAY[
        '@exchange -66 to tx.yen', 'tx.alice -40 to @exchange', '@exchange 40 to tx.alice',
        'tx.yen 66 to @exchange'
    ]),
    ('post', ARRAY[
        'tx.alice -3 to tx.bob', 'tx.bob -2 to tx.alice', 'tx.bob -1 to @fees', '@fees 1 to tx.bob',
        'tx.alice 2 to tx.bob', 'tx.bob 3 to tx.alice'
    ])
) AS c (what, sides);
SELECT is_empty(
    $$
        SELECT d.what
        FROM done AS d
        CROSS JOIN LATERAL bank.get_transaction(d.transaction_id) AS l
        GROUP BY d.what, l.currency
        HAVING sum(l.amount) <> 0
    $$, 'each sums to zero in each currency'
);
DO $fold$
BEGIN
    PERFORM bank.deposit('tx.shop', 1);
    PERFORM bank.deposit('tx.yen', 1);
END;
$fold$;
SELECT is(
    pg_temp.sides('collected'),
    ARRAY['tx.alice -30 to tx.shop', 'tx.shop 30 to tx.alice'],
    'what was collected reads the same once it is folded'
);
SELECT is(
    pg_temp.sides('exchange'),
    ARRAY[
        '@exchange -66 to tx.yen', 'tx.alice -40 to @exchange', '@exchange 40 to tx.alice',
        'tx.yen 66 to @exchange'
    ],
    'and what the house gave to one who collects'
);
SELECT results_eq(
    $$
        SELECT l.leg, l.posting_metadata FROM done AS d
        CROSS JOIN LATERAL bank.get_transaction(d.transaction_id) AS l
        WHERE d.what = 'post' AND l.account_id NOT LIKE '@%' ORDER BY l.leg
    $$,
    $$VALUES (1, NULL::jsonb), (2, NULL), (3, '{"p": 2}'), (4, NULL), (5, NULL)$$,
    'legs have their numbers, and postings their own metadata'
);
SET LOCAL pgteller.on_behalf_of = 'carol@example.org';
INSERT INTO done
SELECT 'on behalf', r.transaction_id FROM bank.deposit('tx.alice', 1) AS r
UNION ALL
SELECT 'on behalf, collected', r.transaction_id FROM bank.transfer('tx.alice', 'tx.shop', 1) AS r;
RESET pgteller.on_behalf_of;
GRANT SELECT ON done TO PUBLIC;
SET LOCAL ROLE bank_auditor;
SELECT is(
    array_agg(DISTINCT l.actor), ARRAY[session_user || '/carol@example.org'],
    'an auditor sees in bank.legs, on every side, who posted it, and for whom'
) FROM done AS d INNER JOIN bank.legs AS l ON l.transaction_id = d.transaction_id
WHERE d.what LIKE 'on behalf%';
RESET ROLE;
SET LOCAL ROLE bank_operator;
SELECT is(l.actor, session_user::text, 'so does an operator')
FROM done AS d INNER JOIN bank.legs AS l ON l.transaction_id = d.transaction_id
WHERE d.what = 'withdraw' AND l.amount < 0;
RESET ROLE;
SELECT throws_ok(
    'SET ROLE bank_teller; SELECT l.actor FROM bank.legs AS l', '42501',
    'permission denied for view legs', 'a teller sees nobody'
);
SELECT hasnt_column('bank', 'leg', 'actor', 'nor does it stand here');
SELECT lives_ok(
    format(
        'SET ROLE %I; SELECT * FROM bank.get_transaction(%s); RESET ROLE',
        r.role, d.transaction_id
    ),
    'readable by ' || r.role
) FROM unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (role)
CROSS JOIN done AS d WHERE d.what = 'pay';

-- Refuses
SELECT throws_ok(
    format('SELECT * FROM bank.get_transaction(%s)', t.id), 'TL103', 'transaction_not_found',
    'refuses ' || t.id
) FROM unnest(ARRAY['0', '-1', '9007199254740991', '9223372036854775807', 'NULL']) AS t (id);

SELECT * FROM finish();
ROLLBACK;
