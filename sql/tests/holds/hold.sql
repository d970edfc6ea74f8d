-- Tests of bank.hold.
BEGIN;
SELECT plan(64);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.hold'::regproc),
    'account_id text, amount bigint, expires_at bigint DEFAULT NULL::bigint, '
    || 'target_account_id text DEFAULT NULL::text, metadata jsonb DEFAULT NULL::jsonb, '
    || 'idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.hold'::regproc), 'bank.hold_receipt', 'what it returns'
);
SELECT volatility_is('bank', 'hold', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'hold', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.hold'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.hold'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.hold'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
UPDATE ledger.settings AS s SET max_ahead_ms = 9007199254740991;
DO $given$
BEGIN
    PERFORM bank.create_account_at('hold.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('hold.bob', "timestamp" => 1000);
    PERFORM bank.create_account_at('hold.yen', 'JPY', "timestamp" => 1000);
    PERFORM bank.create_account_at('hold.rich', "timestamp" => 1000);
    PERFORM bank.create_account_at('hold.over', overdraft_limit => 50, "timestamp" => 1000);
    PERFORM bank.create_account_at('hold.cash', "timestamp" => 1000);
    PERFORM bank.create_account_at('hold.ahead', "timestamp" => 9007199254740000);
    PERFORM bank.deposit_at('hold.alice', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('hold.rich', 9007199254740991, "timestamp" => 1000);
    PERFORM bank.deposit_at('hold.cash', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('hold.ahead', 1000, "timestamp" => 9007199254740000);
    PERFORM bank.pay_at('hold.cash', 1000, "timestamp" => 1000);
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
CREATE FUNCTION pg_temp.row_of(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(a) FROM ledger.accounts AS a WHERE a.account_id = who
$function$;

-- Works
CREATE TEMP TABLE first AS
SELECT h.* FROM bank.hold_at(
    'hold.alice', 300, 9000, 'hold.bob', "timestamp" => 2000, metadata => '{"order": 1}'
) AS h;
SELECT is(
    (SELECT to_jsonb(f) - ARRAY['hold_id', 'transaction_id'] FROM first AS f),
    $${
        "account_id": "hold.alice", "target_account_id": "hold.bob", "amount": 300, "captured": 0,
        "refunded": 0, "released": 0, "remaining": 300, "status": "open", "expires_at": 9000, "balance": 1000,
        "available": 700, "held": 300, "currency": "EUR", "timestamp": 2000
    }$$::jsonb, 'the receipt: available falls, the balance does not'
);
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY['hash', 'key_hash', 'recorded_at']
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'hold.alice' AND t.version = 3
    ),
    (
        SELECT jsonb_build_object(
            'transaction_id', f.transaction_id, 'actor', session_user,
            'details', jsonb_build_object(
                'hold_id', f.hold_id, 'amount', 300, 'expires_at', 9000,
                'target_account_id', 'hold.bob'
            )
        ) || $${
            "account_id": "hold.alice", "version": 3, "timestamp": 2000, "operation": "hold",
            "amount": 0, "balance_after": 1000, "held_after": 300,
            "pending_cashback_after": 0, "contra_account_id": null, "payment_ref": null,
            "refers_to": null, "metadata": {"order": 1}, "leg": 1, "value_at": null,
            "folded_in": null, "on_behalf_of": null, "posting_metadata": null,
            "overdraft_limit_after": 0, "hash_version": 1
        }$$ FROM first AS f
    ),
    'the leg, of no amount'
);
SELECT is(
    (SELECT to_jsonb(h) FROM ledger.holds AS h WHERE h.account_id = 'hold.alice'),
    (
        SELECT jsonb_build_object(
            'hold_number', substr(f.hold_id, 5)::bigint, 'transaction_id', f.transaction_id
        ) || $${
            "account_id": "hold.alice", "created_at": 2000, "expires_at": 9000,
            "target_account_id": "hold.bob", "amount": 300, "captured": 0, "status": "open",
            "closed_at": null, "captures": [], "metadata": {"order": 1}
        }$$ FROM first AS f
    ),
    'the hold'
);
SELECT is(
    pg_temp.row_of('hold.alice') -> 'next_due_at', '9000', 'the account awaits its end'
);
SELECT is(
    (bank.hold_at('hold.alice', 1, 9001, "timestamp" => 2000)).expires_at, 9001::bigint,
    'the smallest amount, in the same millisecond'
);
SELECT is(
    pg_temp.row_of('hold.alice') -> 'next_due_at', '9000', 'a later end is not the next one'
);
SELECT is(
    (bank.hold_at('hold.alice', 699, 2001, "timestamp" => 2000)).available, 0::bigint,
    'all that is left, for one millisecond'
);
SELECT is(
    pg_temp.row_of('hold.alice') -> 'next_due_at', '2001', 'an earlier end is'
);
SELECT is(
    (bank.hold_at('hold.alice', 600, "timestamp" => 2001)).held, 901::bigint,
    'at its end the one before is over, and the money can be held again'
);
SELECT results_eq(
    $$
        SELECT t.operation COLLATE "default", t."timestamp", +t.held_after
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'hold.alice' AND t.version > 5
        ORDER BY t.version
    $$, $$VALUES ('expire_hold', 2001::bigint, 301::bigint), ('hold', 2001, 901)$$,
    'which the log says before it'
);
SELECT is(
    (bank.hold('hold.rich', 9007199254740991)).available, 0::bigint, 'the largest amount'
);
SELECT is(
    (bank.hold('hold.ahead', 1, 9007199254740991))."timestamp", 9007199254740000::bigint,
    'without a timestamp it counts from the account''s newest leg, where the clock is behind'
);
SELECT is((bank.hold('hold.over', 50)).available, 0::bigint, 'an overdraft can be held as well');
SELECT is(
    (bank.hold_at('hold.cash', 20, "timestamp" => 86401000)).available, 0::bigint,
    'cashback that is due can be held'
);
SELECT lives_ok(
    $$SET ROLE bank_teller; SELECT bank.hold('hold.alice', 1, 9007199254740991); RESET ROLE$$,
    'a teller says when it ends, not when it begins'
);
SELECT throws_ok(
    format('SELECT bank.%s', o.operation), 'TL302', 'insufficient_funds', 'what is held is not spent: ' || o.operation
) FROM unnest(ARRAY[
    $$withdraw('hold.over', 1)$$, $$pay('hold.over', 1)$$, $$transfer('hold.over', 'hold.bob', 1)$$,
    $$hold('hold.over', 1)$$
]) AS o (operation);

-- Works: a key
CREATE TEMP TABLE keyed AS
SELECT h.* FROM bank.hold_at(
    'hold.ahead', 7, 9007199254740002, "timestamp" => 9007199254740001, idempotency_key => 'k'
) AS h;
PREPARE again AS
SELECT h.* FROM bank.hold_at(
    'hold.ahead', 7, 9007199254740002, "timestamp" => 9007199254740001, idempotency_key => 'k'
) AS h;
DO $given$
BEGIN
    PERFORM bank.deposit_at('hold.ahead', 1, "timestamp" => 9007199254740005);
END;
$given$;
SELECT results_eq(
    'EXECUTE again', 'SELECT k.* FROM keyed AS k',
    'a repeat gets the first receipt again, though the hold is over by now'
);
SELECT is(
    (SELECT count(*) FROM ledger.holds AS h WHERE h.account_id = 'hold.ahead'), 2::bigint,
    'and holds nothing twice'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.hold(%L, %s)', 'hold.alice', a.amount),
    'TL002', 'invalid_amount', 'refuses an amount of ' || a.amount
) FROM unnest(ARRAY['0', '-1', 'NULL', '9007199254740992']) AS a (amount);
SELECT throws_ok(
    format($q$SELECT bank.hold('hold.alice', 1, metadata => %L)$q$, m.metadata),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]', '1']) AS m (metadata);
SELECT throws_ok(
    format($q$SELECT bank.hold('hold.alice', 1, idempotency_key => %L)$q$, k.key),
    'TL006', 'invalid_idempotency_key', format('refuses a key of %s characters', length(k.key))
) FROM unnest(ARRAY['', repeat('k', 256)]) AS k (key);
SELECT throws_ok(
    $$SELECT bank.hold('hold.alice', 1, target_account_id => 'hold.alice')$$,
    'TL008', 'same_account', 'refuses the account itself as target'
);
SELECT throws_ok(
    $$SELECT bank.hold('hold.nobody', 1)$$, 'TL101', 'account_not_found', 'refuses an unknown account'
);
SELECT throws_ok(
    format(
        'SELECT bank.hold_at(%L, %s, %s, %L, "timestamp" => %s, idempotency_key => %L)',
        'hold.ahead', r.amount, r.expires_at, r.target, '9007199254740001', 'k'
    ), 'TL010', 'idempotency_key_reused', 'refuses the key for another ' || r.what
) FROM (
    VALUES (8, '9007199254740002', NULL, 'amount'), (7, '9007199254740003', NULL, 'end'),
    (7, 'NULL', NULL, 'end, none'), (7, '9007199254740002', 'hold.bob', 'target')
) AS r (amount, expires_at, target, what);
SELECT throws_ok(
    format('SELECT bank.hold_at(%L, 1, "timestamp" => %s)', 'hold.alice', t.t),
    'TL003', 'invalid_timestamp', 'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.hold_at('hold.bob', 1, "timestamp" => 5000)$$,
    '42501', 'permission denied for function hold_at', 'refuses a timestamp from a teller'
);
SELECT throws_ok(
    $$SELECT bank.hold_at('hold.alice', 1, "timestamp" => 2000)$$,
    'TL306', 'timestamp_in_past', 'refuses one millisecond before the newest leg'
);
UPDATE ledger.settings AS s SET max_ahead_ms = 60000;
SELECT throws_ok(
    $$SELECT bank.hold_at('hold.alice', 1, "timestamp" => 9007199254740000)$$,
    'TL308', 'timestamp_in_future', 'refuses a timestamp ahead of the clock'
);
SELECT throws_ok(
    format('SELECT bank.hold_at(%L, 1, %s, "timestamp" => 9007199254740005)', 'hold.ahead', e.e),
    'TL007', 'invalid_argument', 'refuses the end ' || e.e
) FROM unnest(ARRAY[-1, 0, 9007199254740004, 9007199254740005, 9007199254740992]) AS e (e);
SELECT is(
    pg_temp.detail_of(
        $$SELECT bank.hold_at('hold.ahead', 1, 5, "timestamp" => 9007199254740005)$$
    ),
    jsonb_build_object(
        'argument', 'expires_at', 'value', 5, 'timestamp', 9007199254740005,
        'expected', 'later than the timestamp, and at most 9007199254740991'
    ),
    'and says after what it had to be'
);
SELECT throws_ok(
    $$SELECT bank.hold('hold.alice', 1, target_account_id => 'hold.nobody')$$,
    'TL101', 'account_not_found', 'refuses an unknown target'
);
SELECT throws_ok(
    $$SELECT bank.hold('hold.alice', 1, target_account_id => 'hold.yen')$$,
    'TL009', 'currency_mismatch', 'refuses a target of another currency'
);
SELECT pg_temp.become('hold.bob', 'closed');
SELECT throws_ok(
    $$SELECT bank.hold('hold.alice', 1, target_account_id => 'hold.bob')$$,
    'TL305', 'account_closed', 'refuses a target that is closed for ever'
);
SELECT pg_temp.become('hold.bob', 'blocked');
SELECT lives_ok(
    $$SELECT bank.hold('hold.alice', 1, target_account_id => 'hold.bob')$$,
    'but not one that is blocked for now'
);
SELECT throws_ok(
    $$SELECT bank.hold('hold.alice', 1)$$, s.code, pg_temp.become('hold.alice', s.status),
    'refuses an account that is ' || s.status
) FROM (VALUES ('frozen', 'TL303'), ('blocked', 'TL304'), ('closed', 'TL305')) AS s (status, code);
SELECT pg_temp.become('hold.alice', 'active');
SELECT throws_ok(
    $$SELECT bank.hold('hold.over', 1)$$, 'TL302', 'insufficient_funds',
    'refuses one more than is available'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.hold('hold.over', 2)$$),
    '{"account_id": "hold.over", "available": 0, "required": 2}'::jsonb,
    'and says what there is and what it takes'
);
SELECT throws_ok(
    $$SET ROLE bank_auditor; SELECT bank.hold('hold.bob', 1)$$, '42501', NULL,
    'an auditor holds nothing'
);

SELECT * FROM finish();
ROLLBACK;
