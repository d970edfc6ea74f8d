-- Tests of engine.show_webhook.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.show_webhook'::regproc),
    'webhook ledger.webhooks',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.show_webhook'::regproc), 'bank.webhook',
    'what it returns'
);
SELECT volatility_is('engine', 'show_webhook', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'show_webhook', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.show_webhook'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
INSERT INTO ledger.webhook_deliveries (account_id, webhook_number, event_id, status)
VALUES ('x', 9007199254740991, 1, 'pending'), ('x', 9007199254740991, 2, 'delivered'),
('y', 9007199254740991, 3, 'pending');

-- Works
SELECT is(
    to_jsonb(engine.show_webhook(jsonb_populate_record(NULL::ledger.webhooks, '{
        "webhook_number": 9007199254740991, "url": "http://x", "secret": "s", "types": ["pay"],
        "account_id": "x", "queued": 7, "created_at": 1000, "secret_before": "s", "secret_until": 6,
        "paused_at": 5, "paused_reason": "why", "failing_since": 4
    }'))),
    '{
        "webhook_id": "webhook9007199254740991", "url": "http://x", "types": ["pay"],
        "account_id": "x", "status": "paused", "paused_at": 5, "paused_reason": "why", "failing_since": 4,
        "queued_to": 7, "pending": 2, "secret_until": 6, "created_at": 1000
    }',
    'all but its secret, and how many deliveries are pending'
);

SELECT * FROM finish();
ROLLBACK;
