-- Tests of bank.refund_payment.
BEGIN;
SELECT plan(59);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.refund_payment'::regproc),
    'payment_id text, amount bigint DEFAULT NULL::bigint, value_at bigint DEFAULT '
    || 'NULL::bigint, metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT '
    || 'NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.refund_payment'::regproc), 'bank.refund_receipt', 'what it returns'
);
SELECT volatility_is('bank', 'refund_payment', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'refund_payment', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.refund_payment'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.refund_payment'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.refund_payment'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('refund.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('refund.shop', "timestamp" => 1000);
    PERFORM bank.create_account_at('refund.full', "timestamp" => 1000);
    PERFORM bank.deposit_at('refund.alice', 3210, "timestamp" => 1000);
    PERFORM bank.deposit_at('refund.full', 9007199254740991, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.become(who text, new_status text) RETURNS text
LANGUAGE sql AS $function$
    UPDATE ledger.accounts AS a SET status = new_status WHERE a.account_id = who
    RETURNING 'account_' || a.status
$function$;
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
CREATE TEMP TABLE paid AS
SELECT g.name, p.payment_id AS id
FROM (
    VALUES (1, 'late', 'refund.alice', 1000, NULL), (2, 'soon', 'refund.alice', 1000, NULL),
    (3, 'shop', 'refund.alice', 1000, 'refund.shop'), (4, 'small', 'refund.alice', 50, NULL),
    (5, 'keyed', 'refund.alice', 100, 'refund.shop'), (6, 'full', 'refund.full', 10, NULL),
    (7, 'closed', 'refund.alice', 10, NULL)
) AS g (nr, name, who, amount, merchant)
CROSS JOIN LATERAL bank.pay_at(
    g.who, g.amount, g.merchant, CASE g.name WHEN 'shop' THEN 50 ELSE 0 END, "timestamp" => 1000
) AS p
ORDER BY g.nr;
CREATE FUNCTION pg_temp.refund(name text, amount bigint, t bigint) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT to_jsonb(r) - ARRAY['payment_id', 'transaction_id', 'currency', 'timestamp']
    FROM paid AS p
    CROSS JOIN LATERAL bank.refund_payment_at(p.id, refund.amount, "timestamp" => t) AS r
    WHERE p.name = refund.name
$function$;
CREATE FUNCTION pg_temp.cashback(name text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT (bank.get_payment(p.id)).cashback::jsonb - ARRAY['due_at', 'transaction_id']
    FROM paid AS p WHERE p.name = cashback.name
$function$;

-- Works: while the cashback is pending
CREATE TEMP TABLE first AS
SELECT r.* FROM paid AS p CROSS JOIN LATERAL bank.refund_payment_at(
    p.id, 1, "timestamp" => 2000, metadata => '{"why": "scratch"}'
) AS r WHERE p.name = 'soon';
SELECT is(
    (SELECT to_jsonb(f) - ARRAY['payment_id', 'transaction_id'] FROM first AS f),
    $${
        "account_id": "refund.alice", "merchant_account_id": null, "amount": 1, "refunded": 1,
        "refundable": 999, "cashback_cancelled": 1, "cashback_clawed_back": 0,
        "cashback_netted": 0, "balance": 1, "available": 1, "currency": "EUR", "timestamp": 2000
    }$$::jsonb, 'the receipt of the smallest one'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY[
            'hash', 'recorded_at', 'version', 'leg', 'value_at', 'folded_in', 'actor',
            'on_behalf_of', 'posting_metadata', 'overdraft_limit_after', 'hash_version', 'key_hash'
        ]
        FROM ledger.ledger_transactions AS t
        INNER JOIN first AS f ON f.transaction_id = t.transaction_id
    ),
    (
        SELECT jsonb_build_object(
            'transaction_id', f.transaction_id, 'payment_ref', f.payment_id,
            'refers_to', (bank.get_payment(f.payment_id)).transaction_id
        ) || $${
            "account_id": "refund.alice", "timestamp": 2000, "operation": "refund", "amount": 1,
            "balance_after": 1, "held_after": 0, "pending_cashback_after": 62,
            "contra_account_id": "@payments", "metadata": {"why": "scratch"},
            "details": {"refunded": 1, "cashback_cancelled": 1}
        }$$ FROM first AS f
    ), 'one leg gives the money back and tells of the cashback'
);
SELECT is(
    pg_temp.cashback('soon'),
    '{"promised": 20, "amount": 19, "clawed_back": 0, "status": "pending"}'::jsonb,
    'the cashback is what 999 would earn'
);
SELECT is(
    pg_temp.refund('small', 1, 2000) -> 'cashback_cancelled', '1', 'one of fifty costs all of one'
);
SELECT is(
    pg_temp.cashback('small'),
    '{"promised": 1, "amount": 0, "clawed_back": 0, "status": "cancelled"}'::jsonb,
    'which is cancelled'
);
SELECT is(
    (SELECT a.next_due_at FROM ledger.accounts AS a WHERE a.account_id = 'refund.alice'),
    86401000::bigint, 'others are still awaited'
);
SELECT is(
    pg_temp.refund('soon', NULL, 86400999),
    $${
        "account_id": "refund.alice", "merchant_account_id": null, "amount": 999, "refunded": 1000,
        "refundable": 0, "cashback_cancelled": 19, "cashback_clawed_back": 0,
        "cashback_netted": 0, "balance": 1001, "available": 1001
    }$$::jsonb, 'all that is left, one millisecond before it is due'
);

-- Works: once it is deposited
SELECT is(
    pg_temp.refund('late', 500, 86401000),
    $${
        "account_id": "refund.alice", "merchant_account_id": null, "amount": 500, "refunded": 500,
        "refundable": 500, "cashback_cancelled": 0, "cashback_clawed_back": 10,
        "cashback_netted": 0, "balance": 1533, "available": 1533
    }$$::jsonb, 'half of it, when it is due: half is clawed back'
);
SELECT results_eq(
    $$
        SELECT t.operation COLLATE "default", +t.amount, t.contra_account_id COLLATE "default",
            t.payment_ref COLLATE "default"
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'refund.alice' AND t."timestamp" = 86401000
            AND t.operation <> 'cashback'
        ORDER BY t.version
    $$,
    $$
        SELECT v.operation, v.amount, v.contra, p.id
        FROM (
            VALUES (1, 'refund', 500::bigint, '@payments'),
            (2, 'cashback_clawback', -10, '@cashback')
        ) AS v (nr, operation, amount, contra)
        INNER JOIN paid AS p ON p.name = 'late'
        ORDER BY v.nr
    $$, 'by a leg of its own'
);
SELECT is(
    pg_temp.cashback('late'),
    '{"promised": 20, "amount": 20, "clawed_back": 10, "status": "deposited"}'::jsonb,
    'the cashback tells both'
);
DO $given$
BEGIN
    PERFORM bank.withdraw_at('refund.alice', 1530, "timestamp" => 86401000);
END;
$given$;
SELECT is(
    pg_temp.refund('late', 400, 86401000) - ARRAY['account_id', 'merchant_account_id'],
    $${
        "amount": 400, "refunded": 900, "refundable": 100, "cashback_cancelled": 0,
        "cashback_clawed_back": 8, "cashback_netted": 5, "balance": 395, "available": 395
    }$$::jsonb, 'what the account could not cover is netted, and told'
);
UPDATE ledger.accounts AS a SET balance = -50 WHERE a.account_id = 'refund.alice';
SELECT is(
    pg_temp.refund('late', 100, 86401000) - ARRAY['account_id', 'merchant_account_id'],
    $${
        "amount": 100, "refunded": 1000, "refundable": 0, "cashback_cancelled": 0,
        "cashback_clawed_back": 2, "cashback_netted": 2, "balance": 48, "available": 48
    }$$::jsonb, 'all of it, where there is less than nothing'
);

-- Works: from a merchant
SELECT is(
    pg_temp.refund('shop', 700, 86401000),
    $${
        "account_id": "refund.alice", "merchant_account_id": "refund.shop", "amount": 700,
        "refunded": 700, "refundable": 300, "cashback_cancelled": 0,
        "cashback_clawed_back": 14, "cashback_netted": 0, "balance": 734, "available": 734
    }$$::jsonb, 'who pays it'
);
SELECT results_eq(
    $$
        SELECT l.account_id COLLATE "default", l.operation COLLATE "default", l.amount,
            l.contra_account_id COLLATE "default"
        FROM bank.legs AS l
        WHERE l.transaction_id = (
            SELECT max(t.transaction_id) FROM ledger.ledger_transactions AS t
            WHERE t.account_id = 'refund.shop'
        )
        ORDER BY l.amount
    $$,
    $$VALUES ('refund.shop', 'refund', -700::bigint, 'refund.alice'),
    ('refund.alice', 'cashback_clawback', -14, '@cashback'),
    ('@cashback', 'cashback_clawback', 14, 'refund.alice'),
    ('refund.alice', 'refund', 700, 'refund.shop')$$,
    'the fee is not given back, and the bank gets its cashback'
);
SELECT results_eq(
    $$
        SELECT t.leg, t.account_id COLLATE "default", t.refers_to
        FROM ledger.ledger_transactions AS t
        WHERE t.transaction_id = (
            SELECT max(s.transaction_id) FROM ledger.ledger_transactions AS s
            WHERE s.account_id = 'refund.shop'
        )
        ORDER BY t.leg
    $$,
    $$
        SELECT v.leg, v.who, (bank.get_payment(p.id)).transaction_id
        FROM (
            VALUES (1, 'refund.alice'), (2, 'refund.shop'), (3, 'refund.alice')
        ) AS v (leg, who)
        INNER JOIN paid AS p ON p.name = 'shop'
        ORDER BY v.leg
    $$, 'each leg names the payment that it gives back'
);
CREATE TEMP TABLE valued AS
SELECT r.* FROM paid AS p CROSS JOIN LATERAL bank.refund_payment_at(
    p.id, 50, value_at => 500, "timestamp" => 86401000
) AS r WHERE p.name = 'shop';
SELECT is(
    (
        SELECT array_agg(format('%s %s', t."timestamp", t.value_at))
        FROM ledger.ledger_transactions AS t
        INNER JOIN valued AS v ON v.transaction_id = t.transaction_id
    ),
    array_fill('86401000 500'::text, ARRAY[3]), 'refund and claw-back have the value date given'
);
SELECT pg_temp.become('refund.alice', 'frozen');
UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'refund.shop';
SELECT is(
    pg_temp.refund('shop', 1, 86401000) -> 'amount', '1',
    'to a frozen account, from a collecting one'
);
SELECT pg_temp.become('refund.alice', 'active');
SELECT lives_ok(
    format('SET ROLE bank_teller; SELECT bank.refund_payment(%L, 1); RESET ROLE', p.id),
    'a teller does it on the server clock'
) FROM paid AS p WHERE p.name = 'shop';

-- Works: a key
CREATE TEMP TABLE keyed AS
SELECT r.* FROM paid AS p
CROSS JOIN LATERAL bank.refund_payment(p.id, 5, idempotency_key => 'k') AS r
WHERE p.name = 'keyed';
SELECT results_eq(
    $$SELECT r.* FROM paid AS p
    CROSS JOIN LATERAL bank.refund_payment(p.id, 5, idempotency_key => 'k') AS r
    WHERE p.name = 'keyed'$$, 'SELECT k.* FROM keyed AS k',
    'a repeat gets the first receipt again'
);
SELECT is(
    (bank.get_payment(p.id)).refunded, 5::bigint, 'and gives nothing back twice'
) FROM paid AS p WHERE p.name = 'keyed';

-- Refuses
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L)', i.id), 'TL102', 'payment_not_found',
    'refuses the payment ' || coalesce(i.id, 'NULL')
) FROM unnest(ARRAY['payment9999999999999999', 'payment', NULL]) AS i (id);
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L, %s)', p.id, a.amount),
    'TL002', 'invalid_amount', 'refuses an amount of ' || a.amount
) FROM paid AS p CROSS JOIN unnest(ARRAY['0', '-1', '9007199254740992']) AS a (amount)
WHERE p.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L, metadata => %L)', p.id, '[]'),
    'TL005', 'invalid_metadata', 'refuses metadata that is no object'
) FROM paid AS p WHERE p.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L, idempotency_key => %L)', p.id, ''),
    'TL006', 'invalid_idempotency_key', 'refuses an empty key'
) FROM paid AS p WHERE p.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L, value_at => -1)', p.id),
    'TL003', 'invalid_timestamp', 'refuses a value date before the epoch'
) FROM paid AS p WHERE p.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L, %s, idempotency_key => %L)', p.id, a.amount, 'k'),
    'TL010', 'idempotency_key_reused', format('refuses the key for %s: %s', p.name, a.amount)
) FROM paid AS p CROSS JOIN unnest(ARRAY['5', '6', 'NULL']) AS a (amount)
WHERE (p.name, a.amount) IN (('keyed', '6'), ('keyed', 'NULL'), ('shop', '5'));
SELECT throws_ok(
    format('SELECT bank.refund_payment_at(%L, "timestamp" => %s)', p.id, t.t),
    t.code, t.name, 'refuses the timestamp ' || t.t
) FROM paid AS p
CROSS JOIN (
    VALUES (-1, 'TL003', 'invalid_timestamp'), (86400999, 'TL306', 'timestamp_in_past'),
    (9007199254740991, 'TL308', 'timestamp_in_future')
) AS t (t, code, name)
WHERE p.name = 'keyed';
SELECT throws_ok(
    format('SET ROLE bank_teller; SELECT bank.refund_payment_at(%L, "timestamp" => 1)', p.id),
    '42501', 'permission denied for function refund_payment_at', 'refuses a timestamp from a teller'
) FROM paid AS p WHERE p.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L%s)', p.id, a.amount),
    'TL316', 'payment_refunded', 'refuses where nothing is left: ' || a.amount
) FROM paid AS p CROSS JOIN unnest(ARRAY['', ', 1', ', 1001']) AS a (amount)
WHERE p.name = 'soon';
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L, %s)', p.id, a.amount),
    'TL315', 'refund_exceeds_payment', 'refuses more than is left: ' || a.amount
) FROM paid AS p CROSS JOIN unnest(ARRAY[96, 9007199254740991]) AS a (amount)
WHERE p.name = 'keyed';
SELECT is(
    pg_temp.detail_of(format('SELECT bank.refund_payment(%L, 96)', p.id)),
    jsonb_build_object('payment_id', p.id, 'refundable', 95, 'required', 96),
    'and says what is'
) FROM paid AS p WHERE p.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L)', p.id), s.code, pg_temp.become('refund.alice', s.status),
    'refuses where the payer is ' || s.status
) FROM paid AS p CROSS JOIN (VALUES ('blocked', 'TL304'), ('closed', 'TL305')) AS s (status, code)
WHERE p.name = 'keyed';
SELECT pg_temp.become('refund.alice', 'active');
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L)', p.id), s.code, pg_temp.become('refund.shop', s.status),
    'refuses where the merchant is ' || s.status
) FROM paid AS p
CROSS JOIN (VALUES ('frozen', 'TL303'), ('blocked', 'TL304')) AS s (status, code)
WHERE p.name = 'keyed';
SELECT pg_temp.become('refund.shop', 'active');
UPDATE ledger.accounts AS a SET balance = 94 WHERE a.account_id = 'refund.shop';
SELECT is(
    pg_temp.detail_of(format('SELECT bank.refund_payment(%L)', p.id)),
    '{"account_id": "refund.shop", "available": 94, "required": 95}'::jsonb,
    'says what the merchant lacks'
) FROM paid AS p WHERE p.name = 'keyed';
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L)', p.id), 'TL302', 'insufficient_funds',
    'refuses what the merchant cannot pay'
) FROM paid AS p WHERE p.name = 'keyed';
UPDATE ledger.accounts AS a SET balance = 9007199254740991 WHERE a.account_id = 'refund.full';
SELECT throws_ok(
    format('SELECT bank.refund_payment(%L)', p.id), 'TL307', 'balance_limit_exceeded',
    'refuses where the payer has no room'
) FROM paid AS p WHERE p.name = 'full';
SELECT throws_ok(
    format('SET ROLE bank_auditor; SELECT bank.refund_payment(%L)', p.id), '42501', NULL,
    'an auditor gives nothing back'
) FROM paid AS p WHERE p.name = 'keyed';

-- Works: a merchant that is closed has nothing, so the bank stands in for it
UPDATE ledger.accounts AS a SET balance = 0, status = 'closed' WHERE a.account_id = 'refund.shop';
SELECT is(
    to_jsonb(r) - ARRAY['payment_id', 'transaction_id', 'balance', 'available', 'timestamp'],
    $${
        "account_id": "refund.alice", "merchant_account_id": "refund.shop", "amount": 95,
        "refunded": 100, "refundable": 0, "cashback_cancelled": 0, "cashback_clawed_back": 1,
        "cashback_netted": 0, "currency": "EUR"
    }$$::jsonb,
    'what a closed merchant was paid is refunded as well'
) FROM paid AS p CROSS JOIN LATERAL bank.refund_payment(p.id) AS r
WHERE p.name = 'keyed';
SELECT results_eq(
    $$
        SELECT t.leg, t.account_id COLLATE "default", t.operation COLLATE "default", t.amount,
            t.contra_account_id COLLATE "default"
        FROM ledger.ledger_transactions AS t
        WHERE t.transaction_id = (
            SELECT max(n.transaction_id) FROM ledger.ledger_transactions AS n
            WHERE n.account_id = 'refund.alice'
        )
        ORDER BY t.leg
    $$,
    $$VALUES (1, 'refund.alice', 'refund', 95::bigint, '@payments'),
    (2, 'refund.alice', 'cashback_clawback', -1, '@cashback')$$,
    'by the bank, and the closed account gets no leg'
);

SELECT * FROM finish();
ROLLBACK;
