-- Tests of bank.cancel_schedule.
BEGIN;
SELECT plan(21);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.cancel_schedule'::regproc),
    'schedule_id text, metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.cancel_schedule'::regproc), 'bank.schedule',
    'what it returns'
);
SELECT volatility_is('bank', 'cancel_schedule', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'cancel_schedule', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.cancel_schedule'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.cancel_schedule'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.cancel_schedule'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('cancel.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'b']) AS n;
    PERFORM bank.schedule_transfer('cancel.a', 'cancel.b', 5, 9007199254740 + n)
    FROM generate_series(1, 2) AS n;
END;
$given$;
SELECT 'schedule' || min(s.schedule_number) AS one, 'schedule' || max(s.schedule_number) AS two
FROM ledger.schedules AS s WHERE s.account_id = 'cancel.a' \gset

-- Works
SELECT is(
    to_jsonb(bank.cancel_schedule(:'one')) - ARRAY['ended_at', 'created_at'],
    jsonb_build_object(
        'schedule_id', :'one', 'source_account_id', 'cancel.a', 'target_account_id', 'cancel.b',
        'amount', 5, 'run_at', 9007199254741, 'every', NULL, 'until', NULL, 'time_zone', 'UTC', 'status', 'cancelled',
        'next_run_at', NULL, 'occurrence', 1, 'attempt', 1, 'runs', 0, 'metadata', NULL
    ),
    'returns the schedule'
);
SELECT is(s.status, CASE s.schedule_number WHEN min(s.schedule_number) OVER () THEN 'cancelled'
    ELSE 'active' END, s.status)
FROM ledger.schedules AS s WHERE s.account_id = 'cancel.a';
SELECT is(
    (bank.get_schedule(:'one')).ended_at BETWEEN engine.now() - 60000 AND engine.now(), true,
    'it has ended now'
);
SELECT is(
    (
        SELECT jsonb_build_array(t.amount, t.details) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'cancel.a' AND t.operation = 'cancel_schedule'
    ),
    jsonb_build_array(0, jsonb_build_object('schedule_id', :'one')), 'the log tells of it'
);
UPDATE ledger.accounts AS a SET status = 'blocked' WHERE a.account_id = 'cancel.a';
SELECT is(
    (bank.cancel_schedule_at(
        :'two', engine.now() + 5000, '{"why": "moved out"}', 'key'
    )).status, 'cancelled', 'whatever the status of the account'
);
SELECT is(
    (SELECT s.ended_at = t."timestamp" FROM ledger.schedules AS s
    INNER JOIN ledger.ledger_transactions AS t ON t.account_id = s.account_id
        AND t.metadata = '{"why": "moved out"}' AND t.operation = 'cancel_schedule'
    WHERE s.status = 'cancelled' AND 'schedule' || s.schedule_number = :'two'), true,
    'it has ended when its leg says'
);
SELECT is(
    (bank.cancel_schedule_at(
        :'two', (SELECT s.ended_at FROM bank.get_schedule(:'two') AS s), '{"why": "moved out"}', 'key'
    )).status, 'cancelled', 'a repeat under the key gets the first answer'
);
SELECT is_empty(
    $$SELECT FROM ledger.schedule_turns AS t WHERE t.account_id = 'cancel.a' AND t.turn_at > 0$$,
    'an account of which nothing is left is not looked at'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.cancel_schedule(%L, metadata => ''[]'')', :'one'), 'TL005',
    'invalid_metadata', 'refuses metadata that is no object'
);
SELECT throws_ok(
    format('SELECT bank.cancel_schedule(%L, idempotency_key => '''')', :'one'), 'TL006',
    'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    format('SELECT bank.cancel_schedule(%L, idempotency_key => ''key'')', :'one'), 'TL010',
    'idempotency_key_reused', 'refuses the key for another one'
);
SELECT throws_ok(
    'SELECT bank.cancel_schedule(''schedule0'')', 'TL132', 'schedule_not_found',
    'refuses an unknown schedule'
);
SELECT throws_ok(
    format('SELECT bank.cancel_schedule(%L)', :'one'), 'TL351', 'schedule_ended',
    'refuses one that has ended'
);

SELECT * FROM finish();
ROLLBACK;
