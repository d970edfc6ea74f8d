-- Tests of engine.lock_webhook.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lock_webhook'::regproc),
    'webhook_id text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.lock_webhook'::regproc), 'ledger.webhooks', 'what it returns');
SELECT volatility_is('engine', 'lock_webhook', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'lock_webhook', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.lock_webhook'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a webhook, of whose deliveries the first of each account are claimed
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
DELETE FROM ledger.webhooks;
DO $given$
BEGIN
    PERFORM bank.create_account_at('sent.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob']) AS n;
    PERFORM bank.create_webhook('https://hook/x', '0123456789abcdef', '{deposit}');
    WHILE (bank.number_events()).numbered > 0 LOOP
    END LOOP;
    UPDATE ledger.webhooks AS w SET queued = engine.newest_event();  -- past what is before
    PERFORM bank.deposit_at('sent.alice', 1, "timestamp" => 1000);
    PERFORM bank.deposit_at('sent.alice', 2, "timestamp" => 1000);
    PERFORM bank.deposit_at('sent.bob', 3, "timestamp" => 1000);
END;
$given$;
SELECT 'webhook' || w.webhook_number AS hook, w.webhook_number AS number, w.queued AS seen
FROM ledger.webhooks AS w \gset
SELECT count(*) AS claimed FROM bank.claim_deliveries() \gset
CREATE FUNCTION pg_temp.waiting() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        concat_ws(' ', d.account_id, d.status, CASE
            WHEN d.next_attempt_at <= engine.now() THEN 'now' WHEN d.next_attempt_at > 0 THEN 'later'
        END), ', ' ORDER BY d.event_id
    )
    FROM ledger.webhook_deliveries AS d
$function$;
CREATE FUNCTION pg_temp.told(operation text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT t.details
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = '@ledger' AND t.operation = told.operation
    ORDER BY t.version DESC
    LIMIT 1
$function$;

-- Works
SELECT is(w.url, 'https://hook/x', 'returns the row') FROM engine.lock_webhook(:'hook') AS w;
SELECT ok(
    (SELECT w.xmax::text <> '0' FROM ledger.webhooks AS w), 'and locks it'
);

-- Refuses
SELECT throws_ok(
    'SELECT engine.lock_webhook(''webhook0'')', 'TL131', 'webhook_not_found', 'refuses an unknown webhook'
);

SELECT * FROM finish();
ROLLBACK;
