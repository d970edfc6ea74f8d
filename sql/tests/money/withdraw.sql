-- Tests of bank.withdraw.
BEGIN;
SELECT plan(70);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.withdraw'::regproc),
    'account_id text, amount bigint, value_at bigint DEFAULT NULL::bigint, metadata jsonb '
    || 'DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.withdraw'::regproc), 'bank.receipt',
    'what it returns'
);
SELECT volatility_is('bank', 'withdraw', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'withdraw', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.withdraw'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.withdraw'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.withdraw'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given; the owner has no objection to the future yet
UPDATE ledger.settings SET max_ahead_ms = 9007199254740991;
DO $given$
BEGIN
    PERFORM bank.create_account_at('wd.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('wd.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('wd.rich', overdraft_limit => 100, "timestamp" => 1000);
    PERFORM bank.create_account_at('wd.cash', "timestamp" => 1000);
    PERFORM bank.create_account_at('wd.ahead', "timestamp" => 9007199254740000);
    PERFORM bank.deposit_at('wd.alice', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('wd.bob', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('wd.cash', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('wd.ahead', 1000, "timestamp" => 9007199254740000);
    PERFORM bank.pay_at('wd.cash', 100, "timestamp" => 1000);
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
SELECT r.* FROM bank.withdraw_at(
    'wd.alice', 300, value_at => 500, "timestamp" => 2000, metadata => '{"for": "rent"}'
) AS r;
SELECT is(
    (SELECT to_jsonb(f) - 'transaction_id' FROM first AS f),
    $${
        "account_id": "wd.alice", "amount": 300, "balance": 700,
        "available": 700, "currency": "EUR", "timestamp": 2000
    }$$::jsonb,
    'the receipt'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY['hash', 'key_hash', 'recorded_at']
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'wd.alice' AND t.version = 3
    ),
    (
        SELECT jsonb_build_object(
            'transaction_id', f.transaction_id, 'actor', session_user
        ) || $${
            "account_id": "wd.alice", "version": 3, "leg": 1, "timestamp": 2000, "value_at": 500,
            "operation": "withdraw", "amount": -300, "balance_after": 700, "held_after": 0,
            "pending_cashback_after": 0, "overdraft_limit_after": 0,
            "contra_account_id": "@external", "payment_ref": null, "refers_to": null,
            "folded_in": null, "on_behalf_of": null, "metadata": {"for": "rent"},
            "posting_metadata": null, "details": null, "hash_version": 1
        }$$ FROM first AS f
    ),
    'the leg'
);
SELECT results_eq(
    $$
        SELECT l.account_id COLLATE "default", l.amount
        FROM bank.legs AS l
        INNER JOIN first AS f ON f.transaction_id = l.transaction_id
        ORDER BY l.amount
    $$,
    $$VALUES ('wd.alice', -300::bigint), ('@external', 300)$$,
    'the other side of it'
);
SELECT is(
    (bank.withdraw_at('wd.alice', 1, "timestamp" => 2000)).balance, 699::bigint,
    'the smallest amount, in the same millisecond'
);
SELECT ok(
    r."timestamp" BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'without a timestamp it counts from the server clock'
) FROM bank.withdraw('wd.bob', 1) AS r;
SELECT is(
    (bank.withdraw('wd.ahead', 1))."timestamp", 9007199254740000::bigint,
    'or from the account''s newest leg, where that is later'
);
SELECT is(
    (bank.withdraw_at('wd.ahead', 1, "timestamp" => 9007199254740991))."timestamp",
    9007199254740991::bigint, 'the last millisecond there is'
);
UPDATE ledger.settings SET max_ahead_ms = 60000;
SELECT lives_ok(
    $$SET ROLE bank_teller; SELECT bank.withdraw('wd.bob', 1); RESET ROLE$$,
    'a teller does it on the server clock'
);
SELECT lives_ok(
    $$
        SET ROLE bank_operator;
        SELECT bank.withdraw_at('wd.alice', 1, "timestamp" => 2000);
        RESET ROLE
    $$, 'an operator gives the time'
);
SELECT results_eq(
    $$
        SELECT r.balance, r.available
        FROM bank.withdraw_at('wd.rich', 60, "timestamp" => 1000) AS r
    $$,
    'VALUES (-60::bigint, 40::bigint)', 'into the overdraft'
);
SELECT is(
    (bank.withdraw_at('wd.rich', 40, "timestamp" => 1000)).available, 0::bigint,
    'down to the last of what is available'
);

-- Works: cashback that is due comes first
SELECT is(
    (bank.withdraw_at('wd.cash', 1, "timestamp" => 86400999)).balance, 899::bigint,
    'one millisecond before due it is not there'
);
SELECT is(
    (bank.withdraw_at('wd.cash', 1, "timestamp" => 86401000)).balance, 900::bigint,
    'at due it is'
);
SELECT results_eq(
    $$
        SELECT t.operation COLLATE "default", +t.balance_after, t."timestamp"
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'wd.cash' AND t.version > 4
        ORDER BY t.version
    $$,
    $$VALUES ('cashback', 901::bigint, 86401000::bigint), ('withdraw', 900, 86401000)$$,
    'posted before the withdrawal'
);
DO $given$
BEGIN
    PERFORM bank.pay_at('wd.cash', 900, "timestamp" => 90000000);
END;
$given$;
SELECT throws_ok(
    $$SELECT bank.withdraw_at('wd.cash', 18, "timestamp" => 176399999)$$,
    'TL302', 'insufficient_funds', 'a cashback is not spendable before it is due'
);
SELECT is(
    (bank.withdraw_at('wd.cash', 18, "timestamp" => 176400000)).balance, 0::bigint,
    'and spendable in the millisecond in which it is'
);

-- Works: a key
CREATE TEMP TABLE keyed AS
SELECT r.* FROM bank.withdraw_at(
    'wd.alice', 7, "timestamp" => 3000, metadata => '{"a": 1, "b": 2}', idempotency_key => 'k'
) AS r;
DO $given$
BEGIN
    PERFORM bank.deposit_at('wd.alice', 1, "timestamp" => 4000);
END;
$given$;
PREPARE again AS
SELECT r.* FROM bank.withdraw_at(
    'wd.alice', 7, "timestamp" => 3000, metadata => '{"b": 2, "a": 1}', idempotency_key => 'k'
) AS r;
CREATE TEMP TABLE versions AS SELECT pg_temp.legs_of('wd.alice') AS legs;
SELECT results_eq(
    'EXECUTE again', 'SELECT k.* FROM keyed AS k',
    'a repeat gets the first receipt again, though its time is past by now'
);
SELECT pg_temp.become('wd.alice', 'closed');
SELECT results_eq(
    'EXECUTE again', 'SELECT k.* FROM keyed AS k', 'even where the account is closed by now'
);
SELECT pg_temp.become('wd.alice', 'active');
SELECT is(pg_temp.legs_of('wd.alice'), v.legs, 'and posts nothing') FROM versions AS v;
SELECT lives_ok(
    $$SELECT bank.withdraw('wd.bob', 7, idempotency_key => 'k')$$,
    'the same key of another account is free'
);
SELECT isnt(
    (bank.withdraw('wd.bob', 7)).transaction_id, (bank.withdraw('wd.bob', 7)).transaction_id,
    'without a key, twice is twice'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.withdraw(%L, %s)', 'wd.alice', a.amount),
    'TL002', 'invalid_amount', 'refuses an amount of ' || a.amount
) FROM unnest(ARRAY['0', '-1', 'NULL', '9007199254740992', '-9223372036854775808']) AS a (amount);
SELECT throws_ok(
    format('SELECT bank.withdraw(%L, 1, metadata => %L)', 'wd.alice', m.metadata),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]', '1']) AS m (metadata);
SELECT throws_ok(
    $$
        SELECT bank.withdraw(
            'wd.alice', 1, metadata => jsonb_build_object('k', repeat('x', 16384))
        )
    $$, 'TL005', 'invalid_metadata', 'refuses metadata that is too large'
);
SELECT throws_ok(
    format('SELECT bank.withdraw(%L, 1, idempotency_key => %L)', 'wd.alice', k.key),
    'TL006', 'invalid_idempotency_key', format('refuses a key of %s characters', length(k.key))
) FROM unnest(ARRAY['', repeat('k', 256)]) AS k (key);
SELECT throws_ok(
    format('SELECT bank.withdraw(%L, 1)', a.id),
    'TL101', 'account_not_found', 'refuses the account ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['wd.nobody', 'TAP.ALICE', '@external', '', NULL]) AS a (id);
SELECT throws_ok(
    format(
        'SELECT bank.withdraw_at(%L, %s, %s, %s, %L, %L)',
        'wd.alice', r.amount, r.value_at, r.t, r.metadata, 'k'
    ), 'TL010', 'idempotency_key_reused', 'refuses the key for another ' || r.what
) FROM (
    VALUES (8, 'NULL', '3000', '{"a": 1, "b": 2}', 'amount'),
    (7, '3000', '3000', '{"a": 1, "b": 2}', 'value date'),
    (7, 'NULL', '5000', '{"a": 1, "b": 2}', 'timestamp'),
    (7, 'NULL', 'NULL', '{"a": 1, "b": 2}', 'timestamp, the clock'),
    (7, 'NULL', '3000', '{"a": 1}', 'metadata'),
    (7, 'NULL', '3000', NULL, 'metadata, none')
) AS r (amount, value_at, t, metadata, what);
SELECT throws_ok(
    $$SELECT bank.deposit_at(
        'wd.alice', 7, "timestamp" => 3000, metadata => '{"a": 1, "b": 2}', idempotency_key => 'k'
    )$$, 'TL010', 'idempotency_key_reused', 'refuses the key for another operation'
);
SELECT throws_ok(
    format('SELECT bank.withdraw_at(%L, 1, "timestamp" => %s)', 'wd.alice', t.t),
    'TL003', 'invalid_timestamp', 'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    format('SELECT bank.withdraw(%L, 1, value_at => %s)', 'wd.alice', t.t),
    'TL003', 'invalid_timestamp', 'refuses the value date ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.withdraw_at('wd.alice', 1, "timestamp" => 5000)$$,
    '42501', 'permission denied for function withdraw_at', 'refuses a timestamp from a teller'
);
SELECT throws_ok(
    $$SELECT bank.withdraw_at('wd.alice', 1, "timestamp" => 3999)$$,
    'TL306', 'timestamp_in_past', 'refuses one millisecond before the newest leg'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.withdraw_at('wd.alice', 1, "timestamp" => 3999)$$),
    '{"timestamp": 3999, "last_timestamp": 4000}'::jsonb, 'and says what is the newest'
);
SELECT throws_ok(
    format(
        'SELECT bank.withdraw_at(%L, 1, "timestamp" => %s)', 'wd.alice', engine.now() + 3600000
    ), 'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT pg_temp.become('wd.alice', 'frozen');
SELECT throws_ok(
    $$SELECT bank.withdraw('wd.alice', 1)$$, 'TL303', 'account_frozen', 'refuses a frozen account'
);
SELECT pg_temp.become('wd.alice', 'blocked');
SELECT throws_ok(
    $$SELECT bank.withdraw('wd.alice', 1)$$, 'TL304', 'account_blocked', 'refuses a blocked account'
);
SELECT pg_temp.become('wd.alice', 'closed');
SELECT throws_ok(
    $$SELECT bank.withdraw('wd.alice', 1)$$, 'TL305', 'account_closed', 'refuses a closed account'
);
SELECT pg_temp.become('wd.alice', 'active');
SELECT throws_ok(
    $$SELECT bank.withdraw('wd.rich', 1)$$, 'TL302', 'insufficient_funds',
    'refuses one more than is available'
);
SELECT throws_ok(
    $$SELECT bank.withdraw('wd.bob', 9007199254740991)$$, 'TL302', 'insufficient_funds',
    'refuses the largest amount'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.withdraw('wd.rich', 3)$$),
    '{"account_id": "wd.rich", "available": 0, "required": 3}'::jsonb,
    'and says what there is and what it takes'
);
UPDATE ledger.accounts AS a SET held = 50 WHERE a.account_id = 'wd.ahead';
SELECT throws_ok(
    $$SELECT bank.withdraw('wd.ahead', 998 - 49)$$, 'TL302', 'insufficient_funds',
    'refuses what is held'
);
SELECT is(
    (bank.withdraw('wd.ahead', 998 - 50)).available, 0::bigint, 'and gives all that is not'
);
SELECT throws_ok(
    $$SELECT bank.withdraw('wd.rich', 3, idempotency_key => 'free')$$,
    'TL302', 'insufficient_funds', 'refuses under a key as well'
);
DO $given$
BEGIN
    PERFORM bank.deposit('wd.rich', 10);
END;
$given$;
SELECT lives_ok(
    $$SELECT bank.withdraw('wd.rich', 4, idempotency_key => 'free')$$,
    'which leaves the key free, even for another request'
);
SELECT throws_ok(
    $$SET ROLE bank_auditor; SELECT bank.withdraw('wd.bob', 1)$$, '42501', NULL,
    'an auditor moves nothing'
);

SELECT * FROM finish();
ROLLBACK;
