-- Tests of engine.webhook_metrics.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.webhook_metrics'::regproc),
    'now bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.webhook_metrics'::regproc), 'json', 'what it returns'
);
SELECT volatility_is('engine', 'webhook_metrics', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'webhook_metrics', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.webhook_metrics'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two webhooks
SET LOCAL session_replication_role = replica;  -- the guards are asleep
DELETE FROM ledger.webhook_deliveries;
DELETE FROM ledger.webhooks;
SET LOCAL session_replication_role = origin;
SELECT is(
    engine.webhook_metrics(0)::jsonb,
    '{"webhooks": 0, "failing": 0, "paused": 0, "pending": 0, "capped": false, "oldest_ms": 0}',
    'there are none'
);
SELECT bank.create_account('webhook_metrics.a');
SELECT bank.deposit('webhook_metrics.a', 5);
DO $do$ BEGIN WHILE (bank.number_events()).numbered > 0 LOOP END LOOP; END; $do$;
SELECT (bank.create_webhook('https://example.com/' || n)).webhook_id FROM generate_series(1, 2) AS n;
INSERT INTO ledger.webhook_deliveries
    (account_id, webhook_number, event_id, next_attempt_at, attempts, last_status)
SELECT
    'webhook_metrics.a', w.webhook_number, e.event_id,
    CASE row_number() OVER (PARTITION BY w.webhook_number ORDER BY e.event_id) WHEN 1 THEN 1 END,
    0, NULL
FROM ledger.webhooks AS w
CROSS JOIN bank.list_events("order" => 'desc', "limit" => 2) AS e;

-- Works
SELECT is(
    engine.webhook_metrics(0)::jsonb,
    '{"webhooks": 2, "failing": 0, "paused": 0, "pending": 4, "capped": false, "oldest_ms": 0}',
    'what is to be sent'
);
UPDATE ledger.webhooks AS w SET failing_since = 1
WHERE w.webhook_number = (SELECT min(x.webhook_number) FROM ledger.webhooks AS x);
SELECT is(engine.webhook_metrics(0) ->> 'failing', '1', 'one whose attempt failed');
SELECT ok(
    (engine.webhook_metrics(engine.now() + 100000) ->> 'oldest_ms')::bigint >= 100000,
    'for how long'
);
UPDATE ledger.webhooks AS w SET paused_at = 1;
SELECT is(engine.webhook_metrics(0) ->> 'paused', '2', 'those that are paused');
SELECT is(
    engine.webhook_metrics(engine.now() + 100000) ->> 'oldest_ms', '0', 'what these wait for is not'
);
SET LOCAL session_replication_role = replica;
INSERT INTO ledger.webhook_deliveries
    (account_id, webhook_number, event_id, next_attempt_at, attempts, last_status)
SELECT 'webhook_metrics.a', min(w.webhook_number), 1000000 + n, NULL, 0, NULL
FROM ledger.webhooks AS w
CROSS JOIN generate_series(1, 5000) AS n
GROUP BY n;
SET LOCAL session_replication_role = origin;
SELECT ok(
    m ->> 'pending' = '5002' AND (m ->> 'capped')::boolean,
    'of one webhook no more than 5000 are counted, and it says so'
)
FROM engine.webhook_metrics(0) AS m;

SELECT * FROM finish();
ROLLBACK;
