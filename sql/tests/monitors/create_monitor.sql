-- Tests of bank.create_monitor.
BEGIN;
SELECT plan(24);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.create_monitor'::regproc),
    'account_id text, field text, comparison text, value bigint, metadata jsonb DEFAULT '
    || 'NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.create_monitor'::regproc), 'bank.monitor',
    'what it returns'
);
SELECT volatility_is('bank', 'create_monitor', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'create_monitor', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.create_monitor'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.create_monitor'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.create_monitor'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('watch.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('watch.gone', "timestamp" => 1000);
    PERFORM bank.deposit_at('watch.alice', 100, "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET status = 'closed' WHERE a.account_id = 'watch.gone';
END;
$given$;

-- Works
SELECT is(
    to_jsonb(bank.create_monitor_at(
        'watch.alice', 'balance', 'lt', 50, 2000, '{"why": "low"}', 'key'
    )) - ARRAY['monitor_id', 'transaction_id'],
    '{
        "account_id": "watch.alice", "field": "balance", "comparison": "lt", "value": 50,
        "triggered": false, "created_at": 2000, "metadata": {"why": "low"}
    }',
    'returns the monitor'
);
SELECT max(m.monitor_number) AS number FROM ledger.monitors AS m
WHERE m.account_id = 'watch.alice' \gset
SELECT is(
    (
        SELECT to_jsonb(t) - ARRAY['recorded_at', 'hash', 'key_hash', 'transaction_id', 'actor']
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'watch.alice' AND t.version = 3
    ),
    jsonb_build_object(
        'account_id', 'watch.alice', 'version', 3, 'timestamp', 2000,
        'operation', 'create_monitor', 'amount', 0, 'balance_after', 100, 'held_after', 0,
        'pending_cashback_after', 0, 'contra_account_id', NULL, 'payment_ref', NULL,
        'refers_to', NULL, 'leg', 1, 'value_at', NULL, 'folded_in', NULL, 'on_behalf_of', NULL,
        'posting_metadata', NULL, 'overdraft_limit_after', 0, 'hash_version', 1,
        'metadata', '{"why": "low"}'::jsonb, 'details', jsonb_build_object(
            'monitor_id', 'monitor' || :number, 'field', 'balance', 'comparison', 'lt', 'value', 50
        )
    ),
    'and the log tells of it'
);
SELECT is(a.monitored, true, 'the account knows that it is watched')
FROM ledger.accounts AS a WHERE a.account_id = 'watch.alice';
SELECT is(
    (bank.create_monitor_at('watch.alice', 'balance', 'lt', 50, 2000, '{"why": "low"}', 'key')).monitor_id,
    'monitor' || :number, 'a repeat under the key gets the first answer'
);
SELECT is(
    (bank.create_monitor_at('watch.alice', 'balance', 'gte', 100, 2000)).triggered, true,
    'a condition that holds already is triggered'
);
SELECT is_empty(
    $$
        SELECT t.version FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'watch.alice' AND t.operation = 'monitor'
    $$, 'and does not fire'
);
SELECT bank.withdraw_at('watch.alice', 51, "timestamp" => 3000) AS taken \gset
SELECT results_eq(
    $$
        SELECT t.version, t.operation COLLATE "default", t.details ->> 'actual'
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'watch.alice' AND t.version > 4 ORDER BY t.version
    $$,
    $$VALUES (5::bigint, 'withdraw', NULL), (6, 'monitor', '49')$$, 'one that becomes true does'
);

-- Refuses
SELECT throws_ok(
    $$SELECT bank.create_monitor('watch.alice', 'balance', 'lt', 0, metadata => '[]')$$,
    'TL005', 'invalid_metadata', 'refuses metadata that is no object'
);
SELECT throws_ok(
    $$SELECT bank.create_monitor('watch.alice', 'balance', 'lt', 0, idempotency_key => '')$$,
    'TL006', 'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    $$SELECT bank.create_monitor('watch.alice', 'balance', '<', 0)$$,
    'TL007', 'invalid_argument', 'refuses what cannot be watched'
);
SELECT throws_ok(
    $$SELECT bank.create_monitor('watch.nobody', 'balance', 'lt', 0)$$,
    'TL101', 'account_not_found', 'refuses an unknown account'
);
SELECT throws_ok(
    $$SELECT bank.create_monitor('watch.alice', 'balance', 'lt', 51, idempotency_key => 'key')$$,
    'TL010', 'idempotency_key_reused', 'refuses the key for another monitor'
);
SELECT throws_ok(
    $$SELECT bank.create_monitor_at('watch.alice', 'balance', 'lt', 0, -1)$$,
    'TL003', 'invalid_timestamp', 'refuses a time before the epoch'
);
SELECT throws_ok(
    $$SET ROLE bank_teller; SELECT bank.create_monitor_at('watch.alice', 'balance', 'lt', 0, 9000)$$,
    '42501', 'permission denied for function create_monitor_at', 'refuses a teller''s timestamp'
);
SELECT throws_ok(
    $$SELECT bank.create_monitor_at('watch.alice', 'balance', 'lt', 0, 2999)$$,
    'TL306', 'timestamp_in_past', 'refuses a time before the newest leg'
);
SELECT throws_ok(
    $$SELECT bank.create_monitor_at('watch.alice', 'balance', 'lt', 0, 9007199254740991)$$,
    'TL308', 'timestamp_in_future', 'refuses a time ahead of the clock'
);
SELECT throws_ok(
    $$SELECT bank.create_monitor('watch.gone', 'balance', 'lt', 0)$$,
    'TL305', 'account_closed', 'refuses a closed account'
);

SELECT * FROM finish();
ROLLBACK;
