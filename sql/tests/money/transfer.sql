-- Tests of bank.transfer.
BEGIN;
SELECT plan(79);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.transfer'::regproc),
    'source_account_id text, target_account_id text, amount bigint, value_at bigint DEFAULT '
    || 'NULL::bigint, metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT '
    || 'NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.transfer'::regproc), 'bank.transfer_receipt',
    'what it returns'
);
SELECT volatility_is('bank', 'transfer', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'transfer', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.transfer'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.transfer'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.transfer'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given; the owner has no objection to the future yet
UPDATE ledger.settings SET max_ahead_ms = 9007199254740991;
DO $given$
BEGIN
    PERFORM bank.create_account_at('tr.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('tr.bob', "timestamp" => 1500);
    PERFORM bank.create_account_at('tr.Zoe', overdraft_limit => 100, "timestamp" => 1000);
    PERFORM bank.create_account_at('tr.yen', 'JPY', "timestamp" => 1000);
    PERFORM bank.create_account_at('tr.yen2', 'JPY', "timestamp" => 1000);
    PERFORM bank.create_account_at('tr.full', "timestamp" => 1000);
    PERFORM bank.create_account_at('tr.cash1', "timestamp" => 1000);
    PERFORM bank.create_account_at('tr.cash2', "timestamp" => 1000);
    PERFORM bank.create_account_at('tr.ahead', "timestamp" => 9007199254740000);
    PERFORM bank.create_account_at('tr.now1', overdraft_limit => 1, "timestamp" => 1000);
    PERFORM bank.create_account_at('tr.now2', "timestamp" => 1000);
    PERFORM bank.create_account_at('tr.shop', "timestamp" => 1000);
    PERFORM bank.deposit_at('tr.alice', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('tr.yen', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('tr.full', 9007199254740991, "timestamp" => 1000);
    PERFORM bank.deposit_at('tr.cash1', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('tr.cash2', 1000, "timestamp" => 1000);
    PERFORM bank.pay_at('tr.cash1', 1000, "timestamp" => 1000);
    PERFORM bank.pay_at('tr.cash2', 1000, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'tr.shop';
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
SELECT r.* FROM bank.transfer_at(
    'tr.alice', 'tr.bob', 300, value_at => 500, "timestamp" => 2000, metadata => '{"for": "rent"}'
) AS r;
SELECT is(
    (SELECT to_jsonb(f) - 'transaction_id' FROM first AS f),
    $${
        "source_account_id": "tr.alice", "target_account_id": "tr.bob", "amount": 300,
        "balance": 700, "available": 700, "currency": "EUR", "timestamp": 2000
    }$$::jsonb,
    'the receipt, with the balance of the source'
);
SELECT is(
    (
        SELECT jsonb_agg(to_jsonb(t) - ARRAY['hash', 'key_hash', 'recorded_at'] ORDER BY t.leg)
        FROM ledger.ledger_transactions AS t
        INNER JOIN first AS f ON f.transaction_id = t.transaction_id
    ),
    (
        SELECT jsonb_build_array(
            id.json || '{"account_id": "tr.alice", "version": 3, "leg": 1, "amount": -300,
                "balance_after": 700, "contra_account_id": "tr.bob"}',
            id.json || '{"account_id": "tr.bob", "version": 2, "leg": 2, "amount": 300,
                "balance_after": 300, "contra_account_id": "tr.alice"}'
        ) FROM (
            SELECT jsonb_build_object(
                'transaction_id', f.transaction_id, 'actor', session_user
            ) || '{
                "timestamp": 2000, "value_at": 500, "operation": "transfer", "held_after": 0,
                "pending_cashback_after": 0, "overdraft_limit_after": 0, "payment_ref": null,
                "refers_to": null, "folded_in": null, "on_behalf_of": null,
                "metadata": {"for": "rent"}, "posting_metadata": null, "details": null,
                "hash_version": 1
            }' AS json FROM first AS f
        ) AS id
    ),
    'two legs of one transaction, which name each other'
);
SELECT is(
    (bank.transfer_at('tr.bob', 'tr.alice', 1, "timestamp" => 2000)).balance, 299::bigint,
    'the smallest amount, back, in the same millisecond'
);
SELECT is(
    (bank.transfer_at('tr.bob', 'tr.alice', 299, "timestamp" => 2000)).balance, 0::bigint,
    'the exact balance'
);
SELECT results_eq(
    $$
        SELECT r.balance, r.available
        FROM bank.transfer_at('tr.Zoe', 'tr.bob', 100, "timestamp" => 2000) AS r
    $$,
    'VALUES (-100::bigint, 0::bigint)', 'all of an overdraft'
);
SELECT is(
    (bank.transfer_at('tr.full', 'tr.bob', 9007199254740891, "timestamp" => 2000)).balance,
    100::bigint, 'as much as fits the target'
);
SELECT is(
    (bank.transfer_at('tr.bob', 'tr.full', 9007199254740891, "timestamp" => 2000)).balance,
    100::bigint, 'and back'
);
SELECT is(
    (bank.transfer_at('tr.alice', 'tr.Zoe', 5, "timestamp" => 2000)).balance, 995::bigint,
    'to an id that other locales sort after the source'
);
SELECT ok(
    r."timestamp" BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'without a timestamp it counts from the server clock'
) FROM bank.transfer('tr.now1', 'tr.now2', 1) AS r;
SELECT is(
    (bank.transfer('tr.alice', 'tr.ahead', 5))."timestamp", 9007199254740000::bigint,
    'without a timestamp it is not before the newest leg of the target'
);
SELECT is(
    (bank.transfer('tr.ahead', 'tr.bob', 5))."timestamp", 9007199254740000::bigint,
    'nor of the source'
);
SELECT pg_temp.become('tr.yen2', 'frozen');
SELECT lives_ok(
    $$SELECT bank.transfer_at('tr.yen', 'tr.yen2', 1, "timestamp" => 2000)$$,
    'a frozen account is credited'
);

-- Works: cashback that is due comes first, on both sides
SELECT throws_ok(
    $$SELECT bank.transfer_at('tr.cash1', 'tr.cash2', 20, "timestamp" => 86400999)$$,
    'TL302', 'insufficient_funds', 'one millisecond before due it cannot be spent'
);
SELECT is(
    (bank.transfer_at('tr.cash1', 'tr.cash2', 20, "timestamp" => 86401000)).balance, 0::bigint,
    'at due it can'
);
SELECT is(
    (
        SELECT array_agg(
            format('%s %s %s', t.operation, t.amount, t.balance_after)
            ORDER BY t.account_id, t.version
        )
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id IN ('tr.cash1', 'tr.cash2') AND t.version > 3
    ),
    ARRAY['cashback 20 20', 'transfer -20 0', 'cashback 20 20', 'transfer 20 40'],
    'both are posted before the transfer'
);

-- Works: a target that collects
CREATE TEMP TABLE sent AS
SELECT r.* FROM bank.transfer_at(
    'tr.full', 'tr.shop', 7, value_at => 500, "timestamp" => 3000, metadata => '{"m": 1}'
) AS r;
SELECT is(
    (
        SELECT jsonb_agg(to_jsonb(c))
        FROM ledger.collected_credits AS c
        WHERE c.account_id = 'tr.shop'
    ),
    (
        SELECT jsonb_build_array(jsonb_build_object(
            'transaction_id', s.transaction_id, 'actor', session_user
        ) || $${
            "account_id": "tr.shop", "leg": 2, "timestamp": 3000, "value_at": 500,
            "operation": "transfer", "amount": 7, "contra_account_id": "tr.full",
            "payment_ref": null, "on_behalf_of": null, "metadata": {"m": 1},
            "posting_metadata": null, "details": null
        }$$) FROM sent AS s
    ),
    'the credit to a collecting account is put aside'
);
SELECT is(pg_temp.legs_of('tr.shop'), 1::bigint, 'and is not in its log yet');
SELECT is(
    (bank.get_balance('tr.shop', 3000)).balance, 7::bigint, 'but counts in its balance'
);
SELECT is(
    (bank.transfer_at('tr.shop', 'tr.alice', 7, "timestamp" => 9007199254740000)).balance,
    0::bigint, 'and can be spent'
);
SELECT is(
    (
        SELECT array_agg(
            concat_ws(
                ' ', t.operation, t.leg, t.amount, t.balance_after, t."timestamp", t.value_at,
                t.metadata
            )
            ORDER BY t.version
        )
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'tr.shop' AND t.version > 1
    ),
    ARRAY['transfer 2 7 7 3000 500 {"m": 1}', 'transfer 1 -7 0 9007199254740000'],
    'whereby it came into the log first, at its own time and whatever it was put aside with'
);
UPDATE ledger.settings SET max_ahead_ms = 60000;

-- Works: a key
DO $given$
BEGIN
    PERFORM bank.create_account_at('tr.k1', overdraft_limit => 1000, "timestamp" => 1000);
    PERFORM bank.create_account_at('tr.k2', overdraft_limit => 1000, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE keyed AS
SELECT r.* FROM bank.transfer_at(
    'tr.k1', 'tr.k2', 7, "timestamp" => 3000, metadata => '{"a": 1, "b": 2}',
    idempotency_key => 'k'
) AS r;
PREPARE again AS
SELECT r.* FROM bank.transfer_at(
    'tr.k1', 'tr.k2', 7, "timestamp" => 3000, metadata => '{"b": 2, "a": 1}',
    idempotency_key => 'k'
) AS r;
DO $given$
BEGIN
    PERFORM bank.deposit_at('tr.k2', 1, "timestamp" => 4000);
END;
$given$;
SELECT results_eq(
    'EXECUTE again', 'SELECT k.* FROM keyed AS k',
    'a repeat gets the first receipt again, though its time is past by now'
);
SELECT is(pg_temp.legs_of('tr.k1'), 2::bigint, 'and posts nothing at the source');
SELECT is(pg_temp.legs_of('tr.k2'), 3::bigint, 'nor at the target');
SELECT lives_ok(
    $$SELECT bank.transfer('tr.k2', 'tr.k1', 7, idempotency_key => 'k')$$,
    'the key belongs to the payer: the other way round it is free'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.transfer(%L, %L, %s)', 'tr.alice', 'tr.bob', a.amount),
    'TL002', 'invalid_amount', 'refuses an amount of ' || a.amount
) FROM unnest(ARRAY['0', '-1', 'NULL', '9007199254740992']) AS a (amount);
SELECT throws_ok(
    format(
        'SELECT bank.transfer(%L, %L, 1, metadata => %L)', 'tr.alice', 'tr.bob', m.metadata
    ),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]']) AS m (metadata);
SELECT throws_ok(
    $$SELECT bank.transfer('tr.alice', 'tr.bob', 1, idempotency_key => '')$$,
    'TL006', 'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    $$SELECT bank.transfer('tr.alice', 'tr.alice', 1)$$,
    'TL008', 'same_account', 'refuses a transfer to oneself'
);
SELECT throws_ok(
    $$SELECT bank.transfer('tr.nobody', 'tr.nobody', 1)$$,
    'TL008', 'same_account', 'even of an unknown account'
);
SELECT throws_ok(
    format('SELECT bank.transfer(%L, %L, 1)', p.source, p.target),
    'TL101', 'account_not_found', format('refuses %L to %L', p.source, p.target)
) FROM (
    VALUES ('tr.nobody', 'tr.bob'), ('tr.alice', 'tr.nobody'), (NULL, 'tr.bob'),
    ('tr.alice', NULL), (NULL, NULL), ('@external', 'tr.bob'), ('tr.alice', '@external'),
    ('tr.alice', 'TAP.BOB'), ('', 'tr.bob')
) AS p (source, target);
SELECT is(
    pg_temp.detail_of(format('SELECT bank.transfer(%L, %L, 1)', p.source, p.target))
    ->> 'account_id',
    'tr.No', format('of %s and %s it looks for the first in byte order first', p.source, p.target)
) FROM (VALUES ('tr.nn', 'tr.No'), ('tr.No', 'tr.nn')) AS p (source, target);
SELECT throws_ok(
    format(
        'SELECT bank.transfer_at(%L, %L, %s, %s, %s, %L, %L)',
        'tr.k1', r.target, r.amount, r.value_at, r.t, r.metadata, 'k'
    ), 'TL010', 'idempotency_key_reused', 'refuses the key for another ' || r.what
) FROM (
    VALUES ('tr.k2', 8, 'NULL', '3000', '{"a": 1, "b": 2}', 'amount'),
    ('tr.bob', 7, 'NULL', '3000', '{"a": 1, "b": 2}', 'target'),
    ('tr.k2', 7, '3000', '3000', '{"a": 1, "b": 2}', 'value date'),
    ('tr.k2', 7, 'NULL', '5000', '{"a": 1, "b": 2}', 'timestamp'),
    ('tr.k2', 7, 'NULL', '3000', '{"a": 1}', 'metadata')
) AS r (target, amount, value_at, t, metadata, what);
SELECT throws_ok(
    $$
        SELECT bank.withdraw_at(
            'tr.k1', 7, "timestamp" => 3000, metadata => '{"a": 1, "b": 2}',
            idempotency_key => 'k'
        )
    $$, 'TL010', 'idempotency_key_reused', 'refuses the key for another operation'
);
SELECT throws_ok(
    format('SELECT bank.transfer_at(%L, %L, 1, "timestamp" => %s)', 'tr.k1', 'tr.k2', t.t),
    'TL003', 'invalid_timestamp', 'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    format('SELECT bank.transfer(%L, %L, 1, value_at => %s)', 'tr.k1', 'tr.k2', t.t),
    'TL003', 'invalid_timestamp', 'refuses the value date ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    $$
        SET ROLE bank_teller;
        SELECT bank.transfer_at('tr.k1', 'tr.k2', 1, "timestamp" => 9007199254740990)
    $$, '42501', 'permission denied for function transfer_at', 'refuses a timestamp from a teller'
);
SELECT throws_ok(
    $$SELECT bank.transfer_at('tr.cash1', 'tr.full', 1, "timestamp" => 86400999)$$,
    'TL306', 'timestamp_in_past', 'refuses a time before the newest leg of the source'
);
SELECT throws_ok(
    $$SELECT bank.transfer_at('tr.full', 'tr.cash1', 1, "timestamp" => 86400999)$$,
    'TL306', 'timestamp_in_past', 'refuses a time before the newest leg of the target'
);
SELECT throws_ok(
    format(
        'SELECT bank.transfer_at(%L, %L, 1, "timestamp" => %s)',
        'tr.k1', 'tr.k2', engine.now() + 3600000
    ), 'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    $$SELECT bank.transfer('tr.yen', 'tr.full', 1)$$,
    'TL009', 'currency_mismatch', 'refuses two currencies'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.transfer('tr.yen', 'tr.full', 1)$$),
    '{"source_currency": "JPY", "target_currency": "EUR"}'::jsonb, 'and says which'
);
SELECT throws_ok(
    format(
        'SELECT pg_temp.become(%L, %L); SELECT bank.transfer(%1$L, %3$L, 1)',
        'tr.cash2', s.status, 'tr.full'
    ), s.code, 'account_' || s.status, 'refuses a source that is ' || s.status
) FROM (VALUES ('frozen', 'TL303'), ('blocked', 'TL304'), ('closed', 'TL305')) AS s (status, code);
SELECT throws_ok(
    $$SELECT bank.transfer('tr.cash2', 'tr.full', 41)$$,
    'TL302', 'insufficient_funds', 'refuses one more than is available'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.transfer('tr.cash2', 'tr.full', 41)$$),
    '{"account_id": "tr.cash2", "available": 40, "required": 41}'::jsonb,
    'and says what there is and what it takes'
);
SELECT throws_ok(
    format(
        'SELECT pg_temp.become(%L, %L); SELECT bank.transfer(%L, %1$L, 1)',
        'tr.full', s.status, 'tr.cash2'
    ), s.code, 'account_' || s.status, 'refuses a target that is ' || s.status
) FROM (VALUES ('blocked', 'TL304'), ('closed', 'TL305')) AS s (status, code);
SELECT throws_ok(
    $$
        SELECT pg_temp.become('tr.shop', 'blocked');
        SELECT bank.transfer('tr.cash2', 'tr.shop', 1)
    $$, 'TL304', 'account_blocked', 'refuses a collecting target that is blocked'
);
DO $given$
BEGIN
    PERFORM bank.deposit('tr.full', 9007199254740991 - b.balance)
    FROM bank.get_balance('tr.full') AS b;
END;
$given$;
SELECT throws_ok(
    $$SELECT bank.transfer('tr.cash2', 'tr.full', 1)$$,
    'TL307', 'balance_limit_exceeded', 'refuses what does not fit the target'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.transfer('tr.cash2', 'tr.full', 1)$$) ->> 'account_id',
    'tr.full', 'and names it'
);
SELECT is(pg_temp.legs_of('tr.cash2'), 5::bigint, 'and leaves no leg on the other side');
SELECT throws_ok(
    $$SET ROLE bank_auditor; SELECT bank.transfer('tr.cash2', 'tr.bob', 1)$$, '42501', NULL,
    'an auditor moves nothing'
);

SELECT * FROM finish();
ROLLBACK;
