-- Tests of bank.pay.
BEGIN;
SELECT plan(98);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.pay'::regproc),
    'account_id text, amount bigint, merchant_account_id text DEFAULT NULL::text, fee bigint '
    || 'DEFAULT 0, value_at bigint DEFAULT NULL::bigint, metadata jsonb DEFAULT NULL::jsonb, '
    || 'idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.pay'::regproc), 'bank.payment_receipt',
    'what it returns'
);
SELECT volatility_is('bank', 'pay', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'pay', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.pay'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.pay'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.pay'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
UPDATE ledger.settings AS s SET max_ahead_ms = 9007199254740991;
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_PAY', 2), ('TAP_PAY_NONE', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_PAY', 1000, 5000, 30);
    PERFORM bank.create_account_at('pay.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('pay.rich', "timestamp" => 1000);
    PERFORM bank.create_account_at('pay.own', 'TAP_PAY', "timestamp" => 1000);
    PERFORM bank.create_account_at('pay.none', 'TAP_PAY_NONE', "timestamp" => 1000);
    PERFORM bank.create_account_at('pay.owe', overdraft_limit => 100, "timestamp" => 1000);
    PERFORM bank.create_account_at('pay.Shop', "timestamp" => 1000);
    PERFORM bank.create_account_at('pay.stall', "timestamp" => 1000);
    PERFORM bank.create_account_at('pay.yen', 'JPY', "timestamp" => 1000);
    PERFORM bank.create_account_at('pay.ahead', "timestamp" => 9007199254740000);
    PERFORM bank.deposit_at('pay.alice', 10000, "timestamp" => 1000);
    PERFORM bank.deposit_at('pay.rich', 9007199254740991, "timestamp" => 1000);
    PERFORM bank.deposit_at('pay.own', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('pay.none', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('pay.ahead', 1000, "timestamp" => 9007199254740000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'pay.stall';
END;
$given$;
CREATE FUNCTION pg_temp.legs_of(who text) RETURNS bigint LANGUAGE sql AS $function$
    SELECT count(*) FROM ledger.ledger_transactions AS t WHERE t.account_id = who
$function$;
CREATE FUNCTION pg_temp.become(who text, new_status text) RETURNS void
LANGUAGE sql AS $function$
    UPDATE ledger.accounts AS a SET status = new_status WHERE a.account_id = who
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

-- Works
CREATE TEMP TABLE first AS
SELECT r.* FROM bank.pay_at(
    'pay.alice', 1000, "timestamp" => 2000, metadata => '{"for": "shoes"}'
) AS r;
SELECT is(
    (SELECT to_jsonb(f) - ARRAY['transaction_id', 'payment_id'] FROM first AS f),
    $${
        "account_id": "pay.alice", "amount": 1000, "fee": 0, "merchant_account_id": null,
        "balance": 9000, "available": 9000, "currency": "EUR", "timestamp": 2000,
        "cashback": {"amount": 20, "due_at": 86402000}
    }$$::jsonb,
    'the receipt: 2 % cashback, due after 24 hours to the millisecond'
);
SELECT matches(f.payment_id, '^payment[1-9][0-9]*$', 'paymentN') FROM first AS f;
SELECT is(
    (
        SELECT jsonb_agg(to_jsonb(t) - ARRAY['hash', 'key_hash', 'recorded_at'])
        FROM ledger.ledger_transactions AS t
        INNER JOIN first AS f ON f.transaction_id = t.transaction_id
    ),
    (
        SELECT jsonb_build_array(jsonb_build_object(
            'transaction_id', f.transaction_id, 'payment_ref', f.payment_id,
            'actor', session_user
        ) || $${
            "account_id": "pay.alice", "version": 3, "timestamp": 2000, "operation": "pay",
            "amount": -1000, "balance_after": 9000, "held_after": 0,
            "pending_cashback_after": 20, "contra_account_id": "@payments", "refers_to": null,
            "metadata": {"for": "shoes"}, "leg": 1, "value_at": null,
            "details": {
                "cashback": 20, "due_at": 86402000, "rate_bps": 200, "max_amount": null
            },
            "folded_in": null, "on_behalf_of": null, "posting_metadata": null,
            "overdraft_limit_after": 0, "hash_version": 1
        }$$) FROM first AS f
    ),
    'one leg'
);
SELECT is(
    (
        SELECT to_jsonb(p)
        FROM ledger.payments AS p
        INNER JOIN first AS f ON f.payment_id = 'payment' || p.payment_number
    ),
    (
        SELECT jsonb_build_object(
            'transaction_id', f.transaction_id, 'payment_number', substr(f.payment_id, 8)::bigint
        ) || $${
            "account_id": "pay.alice", "timestamp": 2000, "amount": 1000, "fee": 0,
            "merchant_account_id": null, "refunded": 0, "rate_bps": 200, "max_amount": null,
            "promised": 20, "cashback": 20, "clawed_back": 0, "cashback_due_at": 86402000,
            "cashback_status": "pending", "cashback_transaction_id": null
        }$$ FROM first AS f
    ),
    'the payment, with its cashback'
);
SELECT is(
    (
        SELECT to_jsonb(c) - 'payment_number'
        FROM engine.cashbacks AS c
        WHERE c.account_id = 'pay.alice'
    ),
    $${
        "account_id": "pay.alice", "created_at": 2000, "due_at": 86402000, "promised": 20,
        "amount": 20, "clawed_back": 0, "rate_bps": 200, "max_amount": null, "status": "pending",
        "transaction_id": null
    }$$::jsonb,
    'the cashback, pending'
);
SELECT results_eq(
    $$
        SELECT +a.pending_cashback, a.next_due_at
        FROM ledger.accounts AS a WHERE a.account_id = 'pay.alice'
    $$,
    'VALUES (20::bigint, 86402000::bigint)', 'the account knows what is pending and since when'
);
SELECT is(
    r.cashback::jsonb, c.cashback, format('cashback of %s is %s', c.amount, c.cashback)
) FROM (
    VALUES (1::bigint, NULL::jsonb), (49, NULL), (50, '{"amount": 1, "due_at": 86402000}'),
    (99, '{"amount": 1, "due_at": 86402000}'), (100, '{"amount": 2, "due_at": 86402000}')
) AS c (amount, cashback)
CROSS JOIN LATERAL bank.pay_at('pay.alice', c.amount, "timestamp" => 2000) AS r;
SELECT is(
    (
        SELECT count(*)
        FROM engine.cashbacks AS c
        WHERE c.account_id = 'pay.alice'
    ), 4::bigint, 'a cashback of nothing is not recorded'
);
SELECT is(
    (
        SELECT count(*)
        FROM ledger.payments AS p
        WHERE p.account_id = 'pay.alice'
    ), 6::bigint, 'but its payment is'
);
SELECT is(
    (bank.pay_at('pay.rich', 9007199254740991, "timestamp" => 2000)).cashback ->> 'amount',
    '180143985094819', 'cashback of 2^53-1, exact; the exact balance is spent'
);
SELECT is(
    (bank.get_balance('pay.rich', 86402000)).balance, 180143985094819::bigint,
    'and comes when it is due'
);
SELECT is(
    (bank.pay_at('pay.own', 100, "timestamp" => 2000)).cashback::jsonb,
    '{"amount": 10, "due_at": 7000}'::jsonb, 'the policy of the currency says rate and delay'
);
SELECT is(
    (bank.pay_at('pay.own', 400, "timestamp" => 2000)).cashback ->> 'amount', '30', 'and the most'
);
SELECT is(
    (bank.pay_at('pay.none', 1000, "timestamp" => 2000)).cashback::jsonb, NULL,
    'a currency without a policy earns nothing'
);
SELECT is(
    (bank.pay_at('pay.owe', 100, "timestamp" => 2000)).balance, -100::bigint, 'an overdraft is used up'
);
SELECT ok(
    r."timestamp" BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'without a timestamp it counts from the server clock'
) FROM bank.pay('pay.rich', 1) AS r;
SELECT is(
    (bank.pay('pay.ahead', 1))."timestamp", 9007199254740000::bigint,
    'or from the account''s newest leg, where that is later'
);
SELECT lives_ok(
    $$SET ROLE bank_teller; SELECT bank.pay('pay.rich', 1); RESET ROLE$$,
    'a teller does it on the server clock'
);

-- Works: cashback that is due comes first
SELECT is(
    (bank.pay_at('pay.own', 1, "timestamp" => 6999)).balance, 499::bigint,
    'one millisecond before due the cashbacks are not there'
);
SELECT is(
    (bank.pay_at('pay.own', 539, "timestamp" => 7000)).balance, 0::bigint,
    'at due they are, and are spent at once'
);
SELECT is(
    (
        SELECT array_agg(
            format('%s %s %s', t.operation, t.amount, t."timestamp") ORDER BY t.version
        )
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'pay.own' AND t.version > 5
    ),
    ARRAY['cashback 10 7000', 'cashback 30 7000', 'pay -539 7000'],
    'two of one millisecond in the order of their payments, before the payment'
);
DO $given$
BEGIN
    PERFORM bank.create_account_at('pay.buyer', 'TAP_PAY', 1000, 1000);
    PERFORM bank.create_account_at('pay.earner', 'TAP_PAY', 1000, 1000);
    PERFORM bank.pay_at('pay.earner', 100, "timestamp" => 2000);
    PERFORM bank.pay_at('pay.buyer', 5, 'pay.earner', "timestamp" => 6999);
    PERFORM bank.pay_at('pay.buyer', 6, 'pay.earner', "timestamp" => 7000);
END;
$given$;
SELECT is(
    (
        SELECT array_agg(
            format('%s %s %s', t.operation, t.amount, t."timestamp") ORDER BY t.version
        )
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'pay.earner' AND t.version > 2
    ),
    ARRAY['pay 5 6999', 'cashback 10 7000', 'pay 6 7000'],
    'and those of the merchant before what it is paid'
);

-- Works: a merchant and a fee
CREATE TEMP TABLE bought AS
SELECT r.* FROM bank.pay_at(
    'pay.alice', 1000, merchant_account_id => 'pay.Shop', fee => 30, "timestamp" => 3000,
    metadata => '{"m": 1}'
) AS r;
SELECT is(
    (SELECT to_jsonb(b) - ARRAY['transaction_id', 'payment_id'] FROM bought AS b),
    $${
        "account_id": "pay.alice", "amount": 1000, "fee": 30, "merchant_account_id": "pay.Shop",
        "balance": 7671, "available": 7671, "currency": "EUR", "timestamp": 3000,
        "cashback": {"amount": 20, "due_at": 86403000}
    }$$::jsonb,
    'the fee is on top, and earns no cashback'
);
SELECT is(
    (
        SELECT array_agg(
            format('%s %s %s %s %s %s', t.account_id, t.operation, t.amount, t.contra_account_id,
                t.payment_ref = b.payment_id, t.metadata)
            ORDER BY t.account_id, t.version
        )
        FROM ledger.ledger_transactions AS t
        INNER JOIN bought AS b ON b.transaction_id = t.transaction_id
    ),
    ARRAY[
        'pay.Shop pay 1000 pay.alice t {"m": 1}', 'pay.alice pay -1000 pay.Shop t {"m": 1}',
        'pay.alice fee -30 @fees t '
    ],
    'payer, merchant and fee are one transaction'
);
SELECT is(
    (
        SELECT sum(l.amount)
        FROM bank.legs AS l
        INNER JOIN bought AS b ON b.transaction_id = l.transaction_id
    ),
    0::numeric, 'and sum to zero with the house'
);
SELECT is(
    (
        SELECT array_agg(format('%s %s', t.leg, t.operation) ORDER BY t.leg)
        FROM ledger.ledger_transactions AS t
        INNER JOIN bought AS b ON b.transaction_id = t.transaction_id
    ),
    ARRAY['1 pay', '2 pay', '3 fee'], 'in this order'
);
SELECT results_eq(
    $$
        SELECT p.merchant_account_id COLLATE "default", p.fee, +p.amount
        FROM ledger.payments AS p
        INNER JOIN bought AS b ON b.transaction_id = p.transaction_id
    $$,
    $$VALUES ('pay.Shop', 30::bigint, 1000::bigint)$$, 'the payment names merchant and fee'
);
SELECT is(
    (bank.pay_at('pay.alice', 50, 'pay.stall', "timestamp" => 3000)).balance, 7621::bigint,
    'a merchant that collects'
);
SELECT is(pg_temp.legs_of('pay.stall'), 1::bigint, 'has no leg of it yet');
SELECT is(
    (bank.get_balance('pay.stall', 3000)).balance, 50::bigint, 'but the money'
);
SELECT is(
    (bank.pay_at('pay.stall', 50, 'pay.alice', "timestamp" => 3000)).balance, 0::bigint,
    'which it can spend, even back to its customer'
);
SELECT is(
    (bank.pay_at('pay.alice', 100, fee => 7571, "timestamp" => 3000)).balance, 0::bigint,
    'amount and fee may take the exact balance'
);

-- Works: a value date
CREATE TEMP TABLE valued AS
SELECT r.* FROM bank.pay_at(
    'pay.buyer', 10, 'pay.earner', 1, value_at => 500, "timestamp" => 7000
) AS r;
SELECT is(
    (
        SELECT array_agg(format('%s %s', t."timestamp", t.value_at))
        FROM ledger.ledger_transactions AS t
        INNER JOIN valued AS v ON v.transaction_id = t.transaction_id
    ),
    array_fill('7000 500'::text, ARRAY[3]), 'payer, merchant and fee have the value date given'
);

-- Works: a key
DO $given$
BEGIN
    PERFORM bank.deposit_at('pay.alice', 10000, "timestamp" => 3000);
END;
$given$;
CREATE TEMP TABLE keyed AS
SELECT to_jsonb(r) AS receipt FROM bank.pay_at(
    'pay.alice', 70, 'pay.Shop', 2, NULL, 4000, '{"a": 1, "b": 2}', 'k'
) AS r;
DO $given$
BEGIN
    PERFORM bank.deposit_at('pay.alice', 1, "timestamp" => 5000);
END;
$given$;
CREATE TEMP TABLE versions AS SELECT pg_temp.legs_of('pay.alice') AS legs;
SELECT is(
    to_jsonb(r), k.receipt, 'a repeat gets the first receipt again, though its time is past by now'
) FROM keyed AS k
CROSS JOIN bank.pay_at('pay.alice', 70, 'pay.Shop', 2, NULL, 4000, '{"b": 2, "a": 1}', 'k') AS r;
SELECT is(pg_temp.legs_of('pay.alice'), v.legs, 'and posts nothing') FROM versions AS v;
SELECT is(
    (
        SELECT count(*)
        FROM ledger.payments AS p
        WHERE p.account_id = 'pay.alice' AND p.amount = 70
    ), 1::bigint, 'and makes no second payment'
);
SELECT lives_ok(
    $$SELECT bank.pay('pay.rich', 1, idempotency_key => 'k')$$,
    'the same key of another account is free'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.pay(%L, %s)', 'pay.alice', a.amount),
    'TL002', 'invalid_amount', 'refuses an amount of ' || a.amount
) FROM unnest(ARRAY['0', '-1', 'NULL', '9007199254740992']) AS a (amount);
SELECT throws_ok(
    $$SELECT bank.pay('pay.alice', 1, metadata => '[]')$$, 'TL005', 'invalid_metadata',
    'refuses metadata that is no object'
);
SELECT throws_ok(
    $$SELECT bank.pay('pay.alice', 1, idempotency_key => '')$$, 'TL006',
    'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    $$SELECT bank.pay('pay.alice', 1, value_at => -1)$$, 'TL003', 'invalid_timestamp',
    'refuses a value date before the epoch'
);
SELECT throws_ok(
    format('SELECT bank.pay(%L, 10, fee => %s)', 'pay.alice', f.fee),
    'TL007', 'invalid_argument', 'refuses a fee of ' || f.fee
) FROM unnest(ARRAY['-1', 'NULL', '9007199254740982', '9223372036854775807']) AS f (fee);
SELECT throws_ok(
    $$SELECT bank.pay('pay.alice', 10, 'pay.alice')$$, 'TL008', 'same_account',
    'refuses a payment to oneself'
);
SELECT throws_ok(
    format('SELECT bank.pay(%L, 10, %L)', p.payer, p.merchant), 'TL101', 'account_not_found',
    format('refuses %L to %L', p.payer, p.merchant)
) FROM (
    VALUES ('pay.nobody', NULL), (NULL, NULL), (NULL, 'pay.Shop'), ('pay.alice', 'pay.nobody'),
    ('pay.nobody', 'pay.Shop'), ('pay.alice', '@payments'), ('@fees', NULL), ('pay.alice', '')
) AS p (payer, merchant);
SELECT is(
    pg_temp.detail_of(format('SELECT bank.pay(%L, 1, %L)', p.payer, p.merchant)) ->> 'account_id',
    'pay.No', format('of %s and %s it looks for the first in byte order first', p.payer, p.merchant)
) FROM (VALUES ('pay.nn', 'pay.No'), ('pay.No', 'pay.nn')) AS p (payer, merchant);
SELECT throws_ok(
    format(
        'SELECT bank.pay_at(%L, %s, %L, %s, %s, %s, %L, %L)',
        'pay.alice', r.amount, r.merchant, r.fee, r.value_at, r.t, r.metadata, 'k'
    ), 'TL010', 'idempotency_key_reused', 'refuses the key for another ' || r.what
) FROM (
    VALUES (71, 'pay.Shop', 2, 'NULL', '4000', '{"a": 1, "b": 2}', 'amount'),
    (70, 'pay.stall', 2, 'NULL', '4000', '{"a": 1, "b": 2}', 'merchant'),
    (70, NULL, 2, 'NULL', '4000', '{"a": 1, "b": 2}', 'merchant, none'),
    (70, 'pay.Shop', 3, 'NULL', '4000', '{"a": 1, "b": 2}', 'fee'),
    (70, 'pay.Shop', 2, '4000', '4000', '{"a": 1, "b": 2}', 'value date'),
    (70, 'pay.Shop', 2, 'NULL', '6000', '{"a": 1, "b": 2}', 'timestamp'),
    (70, 'pay.Shop', 2, 'NULL', '4000', NULL, 'metadata')
) AS r (amount, merchant, fee, value_at, t, metadata, what);
SELECT throws_ok(
    $$SELECT bank.deposit_at('pay.alice', 70, NULL, 4000, '{"a": 1, "b": 2}', 'k')$$,
    'TL010', 'idempotency_key_reused', 'refuses the key for another operation'
);
SELECT throws_ok(
    format('SELECT bank.pay_at(%L, 1, "timestamp" => %s)', 'pay.alice', t.t),
    'TL003', 'invalid_timestamp', 'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.pay_at('pay.alice', 1, "timestamp" => 6000)$$,
    '42501', 'permission denied for function pay_at', 'refuses a timestamp from a teller'
);
SELECT throws_ok(
    $$SELECT bank.pay_at('pay.alice', 1, "timestamp" => 4999)$$,
    'TL306', 'timestamp_in_past', 'refuses a time before the payer''s newest leg'
);
SELECT throws_ok(
    $$SELECT bank.pay_at('pay.owe', 1, 'pay.alice', "timestamp" => 4999)$$,
    'TL306', 'timestamp_in_past', 'refuses a time before the merchant''s newest leg'
);
UPDATE ledger.settings AS s SET max_ahead_ms = 60000;
SELECT throws_ok(
    $$SELECT bank.pay_at('pay.alice', 1, "timestamp" => 9007199254740000)$$,
    'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    $$SELECT bank.pay('pay.alice', 1, 'pay.yen')$$, 'TL009', 'currency_mismatch',
    'refuses a merchant of another currency'
);
SELECT throws_ok(
    format(
        'SELECT pg_temp.become(%L, %L); SELECT bank.pay(%1$L, 1)', 'pay.alice', s.status
    ), s.code, 'account_' || s.status, 'refuses a payer that is ' || s.status
) FROM (VALUES ('frozen', 'TL303'), ('blocked', 'TL304'), ('closed', 'TL305')) AS s (status, code);
SELECT throws_ok(
    $$SELECT bank.pay_at('pay.alice', 9930, "timestamp" => 5000)$$,
    'TL302', 'insufficient_funds', 'refuses one more than is available'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.pay_at('pay.alice', 9900, fee => 30, "timestamp" => 5000)$$),
    '{"account_id": "pay.alice", "available": 9929, "required": 9930}'::jsonb,
    'the fee included, and says what there is and what it takes'
);
SELECT throws_ok(
    format(
        'SELECT pg_temp.become(%L, %L); SELECT bank.pay(%L, 1, %1$L)',
        m.id, m.status, 'pay.alice'
    ), m.code, 'account_' || m.status, format('refuses %s, %s', m.id, m.status)
) FROM (
    VALUES ('pay.Shop', 'blocked', 'TL304'), ('pay.Shop', 'closed', 'TL305'),
    ('pay.stall', 'blocked', 'TL304')
) AS m (id, status, code);
SELECT lives_ok(
    $$SELECT pg_temp.become('pay.Shop', 'frozen'); SELECT bank.pay('pay.alice', 1, 'pay.Shop')$$,
    'a frozen merchant is paid'
);
SELECT throws_ok(
    $$SELECT bank.pay('pay.ahead', 50)$$, 'TL003', 'invalid_timestamp',
    'refuses a cashback due after the end of time'
);
SELECT lives_ok($$SELECT bank.pay('pay.ahead', 49)$$, 'where there is none, nothing is wrong');
DO $given$
BEGIN
    PERFORM bank.create_account('pay.full');
    PERFORM bank.deposit('pay.full', 9007199254740991);
END;
$given$;
SELECT throws_ok(
    $$SELECT bank.pay('pay.alice', 1, 'pay.full')$$, 'TL307', 'balance_limit_exceeded',
    'refuses what does not fit the merchant'
);
SELECT throws_ok(
    $$SET ROLE bank_auditor; SELECT bank.pay('pay.alice', 1)$$, '42501', NULL,
    'an auditor moves nothing'
);

SELECT * FROM finish();
ROLLBACK;
