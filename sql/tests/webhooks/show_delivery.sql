-- Tests of engine.show_delivery.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.show_delivery'::regproc),
    'webhook_number bigint, event_id bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.show_delivery'::regproc), 'bank.delivery',
    'what it returns'
);
SELECT volatility_is('engine', 'show_delivery', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'show_delivery', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.show_delivery'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
INSERT INTO ledger.webhook_deliveries
VALUES ('x', 9007199254740991, 5, 'pending', 1, 2, 3, 404, 'no', NULL);

-- Works
SELECT is(
    to_jsonb(engine.show_delivery(9007199254740991, 5)),
    '{
        "webhook_id": "webhook9007199254740991", "event_id": 5, "account_id": "x",
        "status": "pending", "attempts": 1, "next_attempt_at": 2, "last_attempt_at": 3,
        "last_status": 404, "last_error": "no", "delivered_at": null
    }',
    'all of it'
);
SELECT is(
    (engine.show_delivery(9007199254740991, 6)).event_id, NULL, 'nothing where there is none'
);

SELECT * FROM finish();
ROLLBACK;
