-- Tests of bank.set_overdraft_limit.
BEGIN;
SELECT plan(44);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.set_overdraft_limit'::regproc),
    'account_id text, overdraft_limit bigint, reason text, '
    || '"timestamp" bigint DEFAULT NULL::bigint, metadata jsonb DEFAULT NULL::jsonb, '
    || 'idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.set_overdraft_limit'::regproc), 'bank.account', 'what it returns');
SELECT volatility_is('bank', 'set_overdraft_limit', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'set_overdraft_limit', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.set_overdraft_limit'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.set_overdraft_limit'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.set_overdraft_limit'::regproc, 'EXECUTE'),
    'an auditor may not call it'
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
CREATE FUNCTION pg_temp.newest_leg(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(t) - ARRAY[
        'transaction_id', 'recorded_at', 'hash', 'leg', 'value_at', 'folded_in', 'actor',
        'on_behalf_of', 'hash_version', 'key_hash', 'posting_metadata'
    ]
    FROM ledger.ledger_transactions AS t
    INNER JOIN ledger.accounts AS a ON a.account_id = t.account_id AND a.version = t.version
    WHERE a.account_id = who
$function$;

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('ol.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('ol.rich', "timestamp" => 1000);
    PERFORM bank.create_account_at('ol.gone', "timestamp" => 1000);
    PERFORM bank.deposit_at('ol.rich', 1, "timestamp" => 1000);
    PERFORM bank.close_account('ol.gone', 'x', "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE first AS
SELECT r.* FROM bank.set_overdraft_limit(
    'ol.alice', 100, 'good customer', "timestamp" => 2000, metadata => '{"by": "eve"}',
    idempotency_key => 'k'
) AS r;

-- Works
SELECT is(
    (SELECT to_jsonb(f) - ARRAY['head', 'created_at'] FROM first AS f),
    $${
        "account_id": "ol.alice", "currency": "EUR", "status": "active", "collecting": false,
        "balance": 0, "available": 100, "held": 0, "pending_cashback": 0, "overdraft_limit": 100,
        "version": 2, "last_timestamp": 2000, "next_cashback_due": null, "metadata": {}
    }$$::jsonb, 'the account as it is then'
);
SELECT is(
    pg_temp.newest_leg('ol.alice') - ARRAY['account_id', 'contra_account_id', 'payment_ref'],
    $${
        "version": 2, "timestamp": 2000, "operation": "set_overdraft_limit", "amount": 0,
        "balance_after": 0, "held_after": 0, "pending_cashback_after": 0,
        "overdraft_limit_after": 100, "refers_to": null, "metadata": {"by": "eve"},
        "details": {
            "reason": "good customer", "overdraft_limit": 100, "previous_overdraft_limit": 0
        }
    }$$::jsonb, 'the leg that tells of it'
);
SELECT results_eq(
    $$
        SELECT r.* FROM bank.set_overdraft_limit(
            'ol.alice', 100, 'good customer', "timestamp" => 2000, metadata => '{"by": "eve"}',
            idempotency_key => 'k'
        ) AS r
    $$, 'SELECT f.* FROM first AS f', 'a repeat under the key gets the first answer again'
);
SELECT is(
    (bank.set_overdraft_limit('ol.alice', 100, 'again', "timestamp" => 2500)).version, 2::bigint,
    'the limit that is there already posts nothing'
);
SELECT lives_ok(
    $$SELECT bank.withdraw_at('ol.alice', 60, "timestamp" => 3000)$$, 'it can be drawn on'
);
SELECT lives_ok(
    $$SELECT bank.hold_at('ol.alice', 15, "timestamp" => 3000, expires_at => 9000)$$, 'and held'
);
SELECT is(
    (bank.set_overdraft_limit('ol.alice', 75, 'less', "timestamp" => 4000)).overdraft_limit,
    75::bigint, 'down to what is drawn and held'
);
SELECT is(
    (SELECT array_agg(b.available ORDER BY m.t) FROM unnest(ARRAY[1999, 2000, 3000, 4000]) AS m (t)
     CROSS JOIN LATERAL bank.get_balance('ol.alice', m.t) AS b),
    ARRAY[0, 100, 25, 0]::bigint[], 'the past keeps the limit it had'
);
SELECT is(
    (bank.set_overdraft_limit('ol.alice', 60, 'less', "timestamp" => 9000)).overdraft_limit,
    60::bigint, 'a hold that has expired is not in the way'
);
SELECT is(
    (bank.set_overdraft_limit('ol.rich', 9007199254740990, 'x', "timestamp" => 1000)).available,
    9007199254740991::bigint, 'up to 2^53-1 together with the balance'
);

-- Refuses
SELECT throws_ok(
    format($$SELECT bank.set_overdraft_limit(%L, 5, 'why', metadata => %L)$$, 'ol.alice', m.metadata),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]', '1']) AS m (metadata);
SELECT throws_ok(
    format($$SELECT bank.set_overdraft_limit(%L, 5, 'why', idempotency_key => %L)$$, 'ol.alice', k.key),
    'TL006', 'invalid_idempotency_key', format('refuses a key of %s characters', length(k.key))
) FROM unnest(ARRAY['', repeat('k', 256)]) AS k (key);
SELECT throws_ok(
    format($$SELECT bank.set_overdraft_limit(%L, 5, 'why')$$, a.id), 'TL101', 'account_not_found',
    'refuses the account ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['nobody', '@external', NULL]) AS a (id);
SELECT throws_ok(
    format($$SELECT bank.set_overdraft_limit(%L, 5, 'why', "timestamp" => %s)$$, 'ol.alice', t.t), 'TL003', 'invalid_timestamp',
    'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    format($$SELECT bank.set_overdraft_limit(%L, 5, 'why', "timestamp" => 1)$$, 'ol.alice'), 'TL306', 'timestamp_in_past',
    'refuses a time before the newest leg'
);
SELECT throws_ok(
    format(
        $$SELECT bank.set_overdraft_limit('ol.alice', 5, 'why', "timestamp" => %s)$$, engine.now() + 3600000
    ), 'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    format($$SET ROLE bank_teller; SELECT bank.set_overdraft_limit(%L, 5, 'why')$$, 'ol.alice'), '42501', NULL,
    'a teller may not'
);
SELECT throws_ok(
    format('SELECT bank.set_overdraft_limit(%L, %s, %L)', 'ol.alice', l.n, 'x'), 'TL007',
    'invalid_argument', 'refuses the limit ' || l.n
) FROM unnest(ARRAY['-1', '9007199254740992', 'NULL']) AS l (n);
SELECT throws_ok(
    format('SELECT bank.set_overdraft_limit(%L, 1, %L)', 'ol.alice', r.reason), 'TL007',
    'invalid_argument', 'refuses the reason ' || coalesce(quote_literal(r.reason), 'NULL')
) FROM unnest(ARRAY['', NULL]) AS r (reason);
SELECT throws_ok(
    format('SELECT bank.set_overdraft_limit(%L, %s, %L, idempotency_key => %L)',
    'ol.alice', k.n, k.reason, 'k'), 'TL010', 'idempotency_key_reused',
    'refuses the key for another ' || k.what
) FROM (
    VALUES (101, 'good customer', 'limit'), (100, 'x', 'reason'), (100, 'good customer', 'time')
) AS k (n, reason, what);
SELECT throws_ok(
    $$SELECT bank.set_overdraft_limit('ol.gone', 1, 'x')$$, 'TL305', 'account_closed',
    'refuses a closed account'
);
SELECT throws_ok(
    $$SELECT bank.set_overdraft_limit('ol.alice', 59, 'x')$$, 'TL336', 'overdraft_in_use',
    'refuses less than what is in use'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.set_overdraft_limit('ol.alice', 59, 'x')$$),
    '{"account_id": "ol.alice", "balance": -60, "held": 0, "lowest": 60}'::jsonb,
    'and says how low is possible'
);
SELECT throws_ok(
    $$SELECT bank.set_overdraft_limit('ol.rich', 9007199254740991, 'x')$$, 'TL307',
    'balance_limit_exceeded', 'refuses what does not fit above the balance'
);
SELECT is(
    (SELECT a.overdraft_limit::bigint FROM ledger.accounts AS a WHERE a.account_id = 'ol.rich'),
    9007199254740990::bigint, 'and leaves the limit as it was'
);
SELECT is(
    (bank.set_overdraft_limit('ol.rich', 0, 'x')).available, 1::bigint, 'none is always possible'
);

SELECT * FROM finish();
ROLLBACK;
