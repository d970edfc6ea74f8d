-- Tests of bank.deposit.
BEGIN;
SELECT plan(68);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.deposit'::regproc),
    'account_id text, amount bigint, value_at bigint DEFAULT NULL::bigint, metadata jsonb '
    || 'DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.deposit'::regproc), 'bank.receipt',
    'what it returns'
);
SELECT volatility_is('bank', 'deposit', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'deposit', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.deposit'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.deposit'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.deposit'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given; the owner has no objection to the future yet
UPDATE ledger.settings SET max_ahead_ms = 9007199254740991;
DO $given$
BEGIN
    PERFORM bank.create_account_at('dep.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('dep.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('dep.rich', overdraft_limit => 100, "timestamp" => 1000);
    PERFORM bank.create_account_at('dep.cash', "timestamp" => 1000);
    PERFORM bank.create_account_at('dep.ahead', "timestamp" => 9007199254740000);
    PERFORM bank.deposit_at('dep.alice', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('dep.bob', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('dep.cash', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('dep.ahead', 1000, "timestamp" => 9007199254740000);
    PERFORM bank.pay_at('dep.cash', 100, "timestamp" => 1000);
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
SELECT r.* FROM bank.deposit_at(
    'dep.alice', 300, value_at => 500, "timestamp" => 2000, metadata => '{"for": "rent"}'
) AS r;
SELECT is(
    (SELECT to_jsonb(f) - 'transaction_id' FROM first AS f),
    $${
        "account_id": "dep.alice", "amount": 300, "balance": 1300,
        "available": 1300, "currency": "EUR", "timestamp": 2000
    }$$::jsonb,
    'the receipt'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY['hash', 'key_hash', 'recorded_at']
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'dep.alice' AND t.version = 3
    ),
    (
        SELECT jsonb_build_object(
            'transaction_id', f.transaction_id, 'actor', session_user
        ) || $${
            "account_id": "dep.alice", "version": 3, "leg": 1, "timestamp": 2000, "value_at": 500,
            "operation": "deposit", "amount": 300, "balance_after": 1300, "held_after": 0,
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
    $$VALUES ('@external', -300::bigint), ('dep.alice', 300)$$,
    'the other side of it'
);
SELECT is(
    (bank.deposit_at('dep.alice', 1, "timestamp" => 2000)).balance, 1301::bigint,
    'the smallest amount, in the same millisecond'
);
SELECT ok(
    r."timestamp" BETWEEN floor(extract(EPOCH FROM now()) * 1000)
    AND extract(EPOCH FROM clock_timestamp()) * 1000,
    'without a timestamp it counts from the server clock'
) FROM bank.deposit('dep.bob', 1) AS r;
SELECT is(
    (bank.deposit('dep.ahead', 1))."timestamp", 9007199254740000::bigint,
    'or from the account''s newest leg, where that is later'
);
SELECT is(
    (bank.deposit_at('dep.ahead', 1, "timestamp" => 9007199254740991))."timestamp",
    9007199254740991::bigint, 'the last millisecond there is'
);
UPDATE ledger.settings SET max_ahead_ms = 60000;
SELECT lives_ok(
    $$SET ROLE bank_teller; SELECT bank.deposit('dep.bob', 1); RESET ROLE$$,
    'a teller does it on the server clock'
);
SELECT lives_ok(
    $$
        SET ROLE bank_operator;
        SELECT bank.deposit_at('dep.alice', 1, "timestamp" => 2000);
        RESET ROLE
    $$, 'an operator gives the time'
);
SELECT is(
    (bank.deposit_at('dep.rich', 9007199254740891, "timestamp" => 1000)).available,
    9007199254740991::bigint, 'up to 2^53-1 together with the overdraft limit'
);
SELECT pg_temp.become('dep.alice', 'frozen');
SELECT lives_ok(
    $$SELECT bank.deposit_at('dep.alice', 1, "timestamp" => 2000)$$,
    'a frozen account is credited'
);
SELECT pg_temp.become('dep.alice', 'active');

-- Works: cashback that is due comes first
SELECT is(
    (bank.deposit_at('dep.cash', 1, "timestamp" => 86400999)).balance, 901::bigint,
    'one millisecond before due it is not there'
);
SELECT is(
    (bank.deposit_at('dep.cash', 1, "timestamp" => 86401000)).balance, 904::bigint,
    'at due it is'
);
SELECT results_eq(
    $$
        SELECT t.operation COLLATE "default", +t.balance_after, t."timestamp"
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'dep.cash' AND t.version > 4
        ORDER BY t.version
    $$,
    $$VALUES ('cashback', 903::bigint, 86401000::bigint), ('deposit', 904, 86401000)$$,
    'posted before the deposit'
);

-- Works: a key
CREATE TEMP TABLE keyed AS
SELECT r.* FROM bank.deposit_at(
    'dep.alice', 7, "timestamp" => 3000, metadata => '{"a": 1, "b": 2}', idempotency_key => 'k'
) AS r;
DO $given$
BEGIN
    PERFORM bank.deposit_at('dep.alice', 1, "timestamp" => 4000);
END;
$given$;
PREPARE again AS
SELECT r.* FROM bank.deposit_at(
    'dep.alice', 7, "timestamp" => 3000, metadata => '{"b": 2, "a": 1}', idempotency_key => 'k'
) AS r;
CREATE TEMP TABLE versions AS SELECT pg_temp.legs_of('dep.alice') AS legs;
SELECT results_eq(
    'EXECUTE again', 'SELECT k.* FROM keyed AS k',
    'a repeat gets the first receipt again, though its time is past by now'
);
SELECT pg_temp.become('dep.alice', 'closed');
SELECT results_eq(
    'EXECUTE again', 'SELECT k.* FROM keyed AS k', 'even where the account is closed by now'
);
SELECT pg_temp.become('dep.alice', 'active');
SELECT is(pg_temp.legs_of('dep.alice'), v.legs, 'and posts nothing') FROM versions AS v;
SELECT lives_ok(
    $$SELECT bank.deposit('dep.bob', 7, idempotency_key => 'k')$$,
    'the same key of another account is free'
);
SELECT isnt(
    (bank.deposit('dep.bob', 7)).transaction_id, (bank.deposit('dep.bob', 7)).transaction_id,
    'without a key, twice is twice'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.deposit(%L, %s)', 'dep.alice', a.amount),
    'TL002', 'invalid_amount', 'refuses an amount of ' || a.amount
) FROM unnest(ARRAY['0', '-1', 'NULL', '9007199254740992', '-9223372036854775808']) AS a (amount);
SELECT throws_ok(
    format('SELECT bank.deposit(%L, 1, metadata => %L)', 'dep.alice', m.metadata),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]', '1']) AS m (metadata);
SELECT throws_ok(
    $$
        SELECT bank.deposit(
            'dep.alice', 1, metadata => jsonb_build_object('k', repeat('x', 16384))
        )
    $$, 'TL005', 'invalid_metadata', 'refuses metadata that is too large'
);
SELECT throws_ok(
    format('SELECT bank.deposit(%L, 1, idempotency_key => %L)', 'dep.alice', k.key),
    'TL006', 'invalid_idempotency_key', format('refuses a key of %s characters', length(k.key))
) FROM unnest(ARRAY['', repeat('k', 256)]) AS k (key);
SELECT throws_ok(
    format('SELECT bank.deposit(%L, 1)', a.id),
    'TL101', 'account_not_found', 'refuses the account ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['dep.nobody', 'TAP.ALICE', '@external', '', NULL]) AS a (id);
SELECT throws_ok(
    format(
        'SELECT bank.deposit_at(%L, %s, %s, %s, %L, %L)',
        'dep.alice', r.amount, r.value_at, r.t, r.metadata, 'k'
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
    $$SELECT bank.withdraw_at(
        'dep.alice', 7, "timestamp" => 3000, metadata => '{"a": 1, "b": 2}', idempotency_key => 'k'
    )$$, 'TL010', 'idempotency_key_reused', 'refuses the key for another operation'
);
SELECT throws_ok(
    format('SELECT bank.deposit_at(%L, 1, "timestamp" => %s)', 'dep.alice', t.t),
    'TL003', 'invalid_timestamp', 'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    format('SELECT bank.deposit(%L, 1, value_at => %s)', 'dep.alice', t.t),
    'TL003', 'invalid_timestamp', 'refuses the value date ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.deposit_at('dep.alice', 1, "timestamp" => 5000)$$,
    '42501', 'permission denied for function deposit_at', 'refuses a timestamp from a teller'
);
SELECT throws_ok(
    $$SELECT bank.deposit_at('dep.alice', 1, "timestamp" => 3999)$$,
    'TL306', 'timestamp_in_past', 'refuses one millisecond before the newest leg'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.deposit_at('dep.alice', 1, "timestamp" => 3999)$$),
    '{"timestamp": 3999, "last_timestamp": 4000}'::jsonb, 'and says what is the newest'
);
SELECT throws_ok(
    format(
        'SELECT bank.deposit_at(%L, 1, "timestamp" => %s)', 'dep.alice', engine.now() + 3600000
    ), 'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT pg_temp.become('dep.alice', 'blocked');
SELECT throws_ok(
    $$SELECT bank.deposit('dep.alice', 1)$$, 'TL304', 'account_blocked', 'refuses a blocked account'
);
SELECT pg_temp.become('dep.alice', 'closed');
SELECT throws_ok(
    $$SELECT bank.deposit('dep.alice', 1)$$, 'TL305', 'account_closed', 'refuses a closed account'
);
SELECT pg_temp.become('dep.alice', 'active');
SELECT throws_ok(
    $$SELECT bank.deposit('dep.rich', 1)$$, 'TL307', 'balance_limit_exceeded',
    'refuses what does not fit above the overdraft limit'
);
SELECT throws_ok(
    $$SELECT bank.deposit('dep.bob', 9007199254740991)$$, 'TL307', 'balance_limit_exceeded',
    'refuses what does not fit'
);
DO $given$
BEGIN
    PERFORM bank.pay_at('dep.cash', 50, "timestamp" => 90000000);
END;
$given$;
SELECT throws_ok(
    $$SELECT bank.deposit_at('dep.cash', 9007199254740991 - 854, "timestamp" => 90000000)$$,
    'TL307', 'balance_limit_exceeded', 'refuses what leaves no room for the pending cashback'
);
SELECT is(
    pg_temp.detail_of(
        $$SELECT bank.deposit_at('dep.cash', 9007199254740991 - 854, "timestamp" => 90000000)$$
    ),
    $${
        "account_id": "dep.cash", "balance": 854, "pending_cashback": 1, "overdraft_limit": 0,
        "amount": 9007199254740137
    }$$::jsonb, 'and says what is in the way'
);
SELECT lives_ok(
    $$SELECT bank.deposit_at('dep.cash', 9007199254740991 - 855, "timestamp" => 90000000)$$,
    'one less fits'
);
SELECT is(
    (bank.get_balance('dep.cash', 176400000)).balance, 9007199254740991::bigint,
    'so that the cashback falls due without harm'
);
SELECT throws_ok(
    $$SELECT bank.deposit('dep.bob', 9007199254740991, idempotency_key => 'free')$$,
    'TL307', 'balance_limit_exceeded', 'refuses under a key as well'
);
SELECT lives_ok(
    $$SELECT bank.deposit('dep.bob', 5, idempotency_key => 'free')$$,
    'which leaves the key free, even for another request'
);
SELECT throws_ok(
    $$SET ROLE bank_auditor; SELECT bank.deposit('dep.bob', 1)$$, '42501', NULL,
    'an auditor moves nothing'
);

SELECT * FROM finish();
ROLLBACK;
