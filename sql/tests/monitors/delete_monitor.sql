-- Tests of bank.delete_monitor.
BEGIN;
SELECT plan(22);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.delete_monitor'::regproc),
    'monitor_id text, metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT '
    || 'NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.delete_monitor'::regproc), 'bank.monitor',
    'what it returns'
);
SELECT volatility_is('bank', 'delete_monitor', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'delete_monitor', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.delete_monitor'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.delete_monitor'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.delete_monitor'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('unwatch.alice', "timestamp" => 1000);
    PERFORM bank.create_monitor_at('unwatch.alice', 'balance', 'gt', 50, 1000);
    PERFORM bank.create_monitor_at('unwatch.alice', 'balance', 'gt', 70, 1000);
END;
$given$;
SELECT min(m.monitor_number) AS one, max(m.monitor_number) AS two FROM ledger.monitors AS m
WHERE m.account_id = 'unwatch.alice' \gset

-- Works
SELECT is(
    to_jsonb(bank.delete_monitor_at('monitor' || :one, 2000, '{"by": "bob"}', 'key'))
    - 'transaction_id',
    jsonb_build_object(
        'monitor_id', 'monitor' || :one, 'account_id', 'unwatch.alice', 'field', 'balance',
        'comparison', 'gt', 'value', 50, 'triggered', false, 'created_at', 1000, 'metadata', NULL
    ),
    'returns the monitor'
);
SELECT is(
    (
        SELECT jsonb_build_array(t.version, t.operation, t.amount, t.metadata, t.details)
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'unwatch.alice' AND t."timestamp" = 2000
    ),
    jsonb_build_array(4, 'delete_monitor', 0, '{"by": "bob"}'::jsonb, jsonb_build_object(
        'monitor_id', 'monitor' || :one, 'field', 'balance', 'comparison', 'gt', 'value', 50
    )),
    'and the log tells of it'
);
SELECT is(
    (bank.delete_monitor_at('monitor' || :one, 2000, '{"by": "bob"}', 'key')).monitor_id,
    'monitor' || :one, 'a repeat under the key gets the first answer'
);
SELECT bank.deposit_at('unwatch.alice', 100, "timestamp" => 3000) AS got \gset
SELECT is(
    array_agg(t.details ->> 'monitor_id'), ARRAY['monitor' || :two], 'only the other one fires'
) FROM ledger.ledger_transactions AS t
WHERE t.account_id = 'unwatch.alice' AND t.operation = 'monitor';
SELECT is(a.monitored, true, 'the account is still watched')
FROM ledger.accounts AS a WHERE a.account_id = 'unwatch.alice';
UPDATE ledger.accounts AS a SET status = 'closed' WHERE a.account_id = 'unwatch.alice';
SELECT lives_ok(
    format('SELECT bank.delete_monitor(%L)', 'monitor' || :two),
    'a closed account''s monitors can be deleted'
);
SELECT is(a.monitored, false, 'and with the last of them it is watched no more')
FROM ledger.accounts AS a WHERE a.account_id = 'unwatch.alice';

-- Refuses
UPDATE ledger.accounts AS a SET status = 'active' WHERE a.account_id = 'unwatch.alice';
SELECT max(bank.create_monitor('unwatch.alice', 'held', 'gt', 1)::text) AS made \gset
SELECT max(m.monitor_number) AS three FROM ledger.monitors AS m
WHERE m.account_id = 'unwatch.alice' \gset
SELECT throws_ok(
    $$SELECT bank.delete_monitor('monitor0')$$, 'TL133', 'monitor_not_found',
    'refuses an unknown monitor'
);
SELECT throws_ok(
    format('SELECT bank.delete_monitor(%L, metadata => %L)', 'monitor' || :three, '7'),
    'TL005', 'invalid_metadata', 'refuses metadata that is no object'
);
SELECT throws_ok(
    format('SELECT bank.delete_monitor(%L, idempotency_key => %L)', 'monitor' || :three, ''),
    'TL006', 'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    format('SELECT bank.delete_monitor(%L, idempotency_key => %L)', 'monitor' || :three, 'key'),
    'TL010', 'idempotency_key_reused', 'refuses the key for another monitor'
);
SELECT throws_ok(
    format('SELECT bank.delete_monitor_at(%L, 9007199254740992)', 'monitor' || :three),
    'TL003', 'invalid_timestamp', 'refuses a time beyond 2^53-1'
);
SELECT throws_ok(
    format('SET ROLE bank_teller; SELECT bank.delete_monitor_at(%L, 9000)', 'monitor' || :three),
    '42501', 'permission denied for function delete_monitor_at', 'refuses a teller''s timestamp'
);
SELECT throws_ok(
    format('SELECT bank.delete_monitor_at(%L, 2999)', 'monitor' || :three),
    'TL306', 'timestamp_in_past', 'refuses a time before the newest leg'
);
SELECT throws_ok(
    format('SELECT bank.delete_monitor(%L)', 'monitor' || :two),
    'TL133', 'monitor_not_found', 'refuses one that is deleted'
);

SELECT * FROM finish();
ROLLBACK;
