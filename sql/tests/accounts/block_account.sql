-- Tests of bank.block_account.
BEGIN;
SELECT plan(34);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.block_account'::regproc),
    'account_id text, reason text, "timestamp" bigint DEFAULT NULL::bigint, '
    || 'metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.block_account'::regproc), 'bank.account', 'what it returns');
SELECT volatility_is('bank', 'block_account', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'block_account', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.block_account'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.block_account'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.block_account'::regproc, 'EXECUTE'),
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
        'on_behalf_of', 'hash_version', 'key_hash', 'posting_metadata', 'overdraft_limit_after'
    ]
    FROM ledger.ledger_transactions AS t
    INNER JOIN ledger.accounts AS a ON a.account_id = t.account_id AND a.version = t.version
    WHERE a.account_id = who
$function$;

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('st.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('st.bob', "timestamp" => 1000);
    PERFORM bank.deposit_at('st.alice', 1000, "timestamp" => 1000);
    PERFORM bank.pay_at('st.alice', 100, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.become(who text, new_status text) RETURNS void
LANGUAGE sql AS $function$
    UPDATE ledger.accounts AS a SET status = new_status WHERE a.account_id = who
$function$;
SELECT pg_temp.become('st.alice', 'active');
CREATE TEMP TABLE first AS
SELECT r.* FROM bank.block_account(
    'st.alice', 'because', "timestamp" => 2000, metadata => '{"case": 7}', idempotency_key => 'k'
) AS r;

-- Works
SELECT is((SELECT f.status FROM first AS f), 'blocked', 'the account as it is then');
SELECT is(
    (SELECT a.status::text FROM ledger.accounts AS a WHERE a.account_id = 'st.alice'), 'blocked',
    'and stays'
);
SELECT is(
    pg_temp.newest_leg('st.alice'),
    $${
        "account_id": "st.alice", "version": 4, "timestamp": 2000, "operation": "block_account",
        "amount": 0, "balance_after": 900, "held_after": 0, "pending_cashback_after": 2,
        "contra_account_id": null, "payment_ref": null, "refers_to": null,
        "metadata": {"case": 7},
        "details": {"reason": "because", "status": "blocked", "previous_status": "active"}
    }$$::jsonb, 'the leg that tells of it'
);
SELECT results_eq(
    $$
        SELECT r.* FROM bank.block_account(
            'st.alice', 'because', "timestamp" => 2000, metadata => '{"case": 7}',
            idempotency_key => 'k'
        ) AS r
    $$, 'SELECT f.* FROM first AS f', 'a repeat under the key gets the first answer again'
);
SELECT is(
    (SELECT a.version FROM ledger.accounts AS a WHERE a.account_id = 'st.alice'), 4::bigint,
    'and posts nothing'
);
SELECT pg_temp.become('st.alice', 'frozen');
SELECT is(
    (bank.block_account('st.alice', 'again', "timestamp" => 86401000)).status, 'blocked', 'from frozen too'
);
SELECT results_eq(
    $$
        SELECT t.operation COLLATE "default", t."timestamp" FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'st.alice' AND t.version > 4 ORDER BY t.version
    $$, $$VALUES ('cashback', 86401000::bigint), ('block_account', 86401000)$$,
    'what is due by then comes first'
);
SELECT pg_temp.become('st.bob', 'active');
SELECT lives_ok(
    $$SET ROLE bank_operator; SELECT bank.block_account('st.bob', 'clock'); RESET ROLE$$,
    'an operator does it, on the server clock'
);

-- Refuses
SELECT throws_ok(
    format($$SELECT bank.block_account(%L, 'why', metadata => %L)$$, 'st.alice', m.metadata),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]', '1']) AS m (metadata);
SELECT throws_ok(
    format($$SELECT bank.block_account(%L, 'why', idempotency_key => %L)$$, 'st.alice', k.key),
    'TL006', 'invalid_idempotency_key', format('refuses a key of %s characters', length(k.key))
) FROM unnest(ARRAY['', repeat('k', 256)]) AS k (key);
SELECT throws_ok(
    format($$SELECT bank.block_account(%L, 'why')$$, a.id), 'TL101', 'account_not_found',
    'refuses the account ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['nobody', '@external', NULL]) AS a (id);
SELECT throws_ok(
    format($$SELECT bank.block_account(%L, 'why', "timestamp" => %s)$$, 'st.alice', t.t), 'TL003', 'invalid_timestamp',
    'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    format($$SELECT bank.block_account(%L, 'why', "timestamp" => 1)$$, 'st.alice'), 'TL306', 'timestamp_in_past',
    'refuses a time before the newest leg'
);
SELECT throws_ok(
    format(
        $$SELECT bank.block_account('st.alice', 'why', "timestamp" => %s)$$, engine.now() + 3600000
    ), 'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    format($$SET ROLE bank_teller; SELECT bank.block_account(%L, 'why')$$, 'st.alice'), '42501', NULL,
    'a teller may not'
);
SELECT throws_ok(
    format('SELECT bank.block_account(%L, %L)', 'st.alice', r.reason), 'TL007', 'invalid_argument',
    'refuses the reason ' || coalesce(quote_literal(r.reason), 'NULL')
) FROM unnest(ARRAY['', NULL]) AS r (reason);
SELECT throws_ok(
    $$SELECT bank.block_account('st.alice', 'x', idempotency_key => 'k')$$, 'TL010',
    'idempotency_key_reused', 'refuses the key for another request'
);
SELECT throws_ok(
    $$SELECT bank.block_account('st.alice', 'x')$$, 'TL331', 'status_unchanged',
    'refuses an account that is blocked already'
);
SELECT is(
    pg_temp.detail_of($$SELECT bank.block_account('st.alice', 'x')$$),
    '{"account_id": "st.alice", "account_status": "blocked"}'::jsonb, 'and says so'
);
SELECT pg_temp.become('st.alice', 'closed');
SELECT throws_ok(
    $$SELECT bank.block_account('st.alice', 'x')$$, 'TL305', 'account_closed',
    'refuses a closed account'
);

SELECT * FROM finish();
ROLLBACK;
