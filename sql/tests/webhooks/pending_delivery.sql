-- Tests of engine.pending_delivery.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.pending_delivery'::regproc),
    'webhook_number bigint, event_id bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.pending_delivery'::regproc), 'ledger.webhook_deliveries', 'what it returns');
SELECT volatility_is('engine', 'pending_delivery', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'pending_delivery', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.pending_delivery'::regproc, 'EXECUTE'),
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
UPDATE ledger.webhook_deliveries AS d SET status = 'delivered' WHERE d.event_id = :seen + 3;

-- Works
SELECT is(d.account_id, 'sent.alice', 'returns the row') FROM engine.pending_delivery(:number, :seen + 2) AS d;

-- Refuses
SELECT throws_ok(
    format('SELECT engine.pending_delivery(%s, %s)', :number, :seen + 9), 'TL134', 'delivery_not_found',
    'refuses an event that it does not want'
);
SELECT throws_ok(
    format('SELECT engine.pending_delivery(0, %s)', :seen + 1), 'TL134', 'delivery_not_found',
    'refuses another webhook'
);
SELECT throws_ok(
    format('SELECT engine.pending_delivery(%s, %s)', :number, :seen + 3), 'TL360', 'delivery_ended',
    'refuses one that has arrived'
);

SELECT * FROM finish();
ROLLBACK;
