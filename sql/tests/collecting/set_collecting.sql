-- Tests of bank.set_collecting.
BEGIN;
SELECT plan(39);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.set_collecting'::regproc),
    'account_id text, collecting boolean, "timestamp" bigint DEFAULT NULL::bigint, '
    || 'metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.set_collecting'::regproc), 'bank.account', 'what it returns');
SELECT volatility_is('bank', 'set_collecting', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'set_collecting', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.set_collecting'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.set_collecting'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.set_collecting'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

CREATE FUNCTION pg_temp.newest_leg(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(t) - ARRAY['transaction_id', 'recorded_at', 'hash', 'key_hash', 'actor']
    FROM ledger.ledger_transactions AS t
    INNER JOIN ledger.accounts AS a ON a.account_id = t.account_id AND a.version = t.version
    WHERE a.account_id = who
$function$;

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('co.payer', overdraft_limit => 9007199254740991, "timestamp" => 1000);
    PERFORM bank.create_account_at('co.shop', "timestamp" => 1000);
    PERFORM bank.create_account_at('co.full', "timestamp" => 1000);
    PERFORM bank.create_account_at('co.gone', "timestamp" => 1000);
    PERFORM bank.close_account('co.gone', 'x', "timestamp" => 1000);
    PERFORM bank.deposit_at('co.shop', 50, "timestamp" => 1000);
    PERFORM bank.pay_at('co.shop', 50, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE first AS
SELECT r.* FROM bank.set_collecting(
    'co.shop', true, "timestamp" => 2000, idempotency_key => 'k'
) AS r;

-- Works
SELECT ok((SELECT f.collecting FROM first AS f), 'it collects');
SELECT is(
    pg_temp.newest_leg('co.shop') - ARRAY['contra_account_id', 'payment_ref', 'refers_to'],
    $${
        "leg": 1, "value_at": null, "folded_in": null, "on_behalf_of": null,
        "posting_metadata": null, "overdraft_limit_after": 0, "hash_version": 1,
        "account_id": "co.shop", "version": 4, "timestamp": 2000, "amount": 0,
        "operation": "set_collecting", "balance_after": 0, "held_after": 0,
        "pending_cashback_after": 1, "metadata": null, "details": {"collecting": true}
    }$$::jsonb, 'the leg that tells of it'
);
SELECT lives_ok(
    format('SELECT bank.transfer_at(%L, %L, %s, "timestamp" => %s)', 'co.payer', 'co.shop', p.n, p.t),
    format('%s are collected', p.n)
) FROM (VALUES (7, 3000), (8, 86401500)) AS p (n, t);
SELECT is(
    (SELECT a.version FROM ledger.accounts AS a WHERE a.account_id = 'co.shop'), 4::bigint,
    'its row is left alone'
);
SELECT results_eq(
    $$
        SELECT r.* FROM bank.set_collecting(
            'co.shop', true, "timestamp" => 2000, idempotency_key => 'k'
        ) AS r
    $$, 'SELECT f.* FROM first AS f', 'a repeat under the key gets the first answer again'
);
SELECT is(
    (bank.set_collecting('co.shop', false, "timestamp" => 86402000)).balance, 16::bigint,
    'all of it is there when it stops'
);
SELECT results_eq(
    $$
        SELECT t.operation COLLATE "default", +t.amount, t."timestamp"
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'co.shop' AND t.version > 4 ORDER BY t.version
    $$,
    $$
        VALUES ('transfer', 7::bigint, 3000::bigint), ('cashback', 1, 86401000),
        ('transfer', 8, 86401500), ('set_collecting', 0, 86402000)
    $$, 'each at its time'
);
SELECT is_empty(
    $$SELECT FROM ledger.collected_credits AS c WHERE c.account_id = 'co.shop'$$,
    'nothing is left behind'
);
SELECT is(
    (bank.set_collecting('co.shop', false, "timestamp" => 86402000)).version, 8::bigint,
    'what does not collect stops without a leg'
);
SELECT is(
    (
        SELECT array_agg(DISTINCT l.mode ORDER BY l.mode) FROM pg_locks AS l
        WHERE l.relation = 'ledger.collected_credits'::regclass AND l.pid = pg_backend_pid()
    ),
    ARRAY['AccessShareLock', 'RowExclusiveLock'],
    'it holds no table, so that other collecting accounts go on'
);

-- Refuses
SELECT throws_ok(
    format($$SELECT bank.set_collecting(%L, true, metadata => %L)$$, 'co.shop', m.metadata),
    'TL005', 'invalid_metadata', 'refuses metadata: ' || m.metadata
) FROM unnest(ARRAY['null', '[]', '1']) AS m (metadata);
SELECT throws_ok(
    format($$SELECT bank.set_collecting(%L, true, idempotency_key => %L)$$, 'co.shop', k.key),
    'TL006', 'invalid_idempotency_key', format('refuses a key of %s characters', length(k.key))
) FROM unnest(ARRAY['', repeat('k', 256)]) AS k (key);
SELECT throws_ok(
    format($$SELECT bank.set_collecting(%L, true)$$, a.id), 'TL101', 'account_not_found',
    'refuses the account ' || coalesce(quote_literal(a.id), 'NULL')
) FROM unnest(ARRAY['nobody', '@external', NULL]) AS a (id);
SELECT throws_ok(
    format($$SELECT bank.set_collecting(%L, true, "timestamp" => %s)$$, 'co.shop', t.t), 'TL003', 'invalid_timestamp',
    'refuses the timestamp ' || t.t
) FROM unnest(ARRAY[-1, 9007199254740992]) AS t (t);
SELECT throws_ok(
    format($$SELECT bank.set_collecting(%L, true, "timestamp" => 1)$$, 'co.shop'), 'TL306', 'timestamp_in_past',
    'refuses a time before the newest leg'
);
SELECT throws_ok(
    $$SELECT bank.set_collecting('co.shop', true, "timestamp" => 9007199254740991)$$,
    'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    format($$SET ROLE bank_teller; SELECT bank.set_collecting(%L, true)$$, 'co.shop'), '42501', NULL,
    'a teller may not'
);
SELECT throws_ok(
    $$SELECT bank.set_collecting('co.shop', NULL)$$, 'TL007', 'invalid_argument', 'refuses NULL'
);
SELECT throws_ok(
    format('SELECT bank.set_collecting(%L, %s, idempotency_key => %L)', 'co.shop', k.goal, 'k'),
    'TL010', 'idempotency_key_reused', 'refuses the key for ' || k.goal
) FROM unnest(ARRAY['false', 'true']) AS k (goal);
SELECT throws_ok(
    format('SELECT bank.set_collecting(%L, %s)', 'co.gone', c.goal), 'TL305', 'account_closed',
    'refuses a closed account: ' || c.goal
) FROM unnest(ARRAY['true', 'false']) AS c (goal);
DO $given$
BEGIN
    PERFORM bank.set_collecting('co.full', true, "timestamp" => 1000);
    PERFORM bank.transfer_at('co.payer', 'co.full', 9007199254740000, "timestamp" => 86402000);
    PERFORM bank.deposit_at('co.payer', 9007199254740000, "timestamp" => 86402000);
    PERFORM bank.transfer_at('co.payer', 'co.full', 992, "timestamp" => 86402000);
END;
$given$;
SELECT throws_ok(
    $$SELECT bank.set_collecting('co.full', false, "timestamp" => 86402000)$$, 'TL307',
    'balance_limit_exceeded', 'refuses while what was collected does not fit'
);
SELECT lives_ok(
    $$SELECT bank.withdraw_at('co.full', 1, "timestamp" => 86402000)$$, 'once there is room'
);
SELECT is(
    (bank.set_collecting('co.full', false, "timestamp" => 86402000)).balance,
    9007199254740991::bigint, 'it stops'
);

SELECT * FROM finish();
ROLLBACK;
