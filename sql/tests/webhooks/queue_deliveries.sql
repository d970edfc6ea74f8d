-- Tests of engine.queue_deliveries.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.queue_deliveries'::regproc),
    'newest bigint, "limit" bigint DEFAULT 1000',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.queue_deliveries'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'queue_deliveries', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'queue_deliveries', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.queue_deliveries'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given everything numbered, nobody else numbering, and no other webhooks
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
DELETE FROM ledger.webhooks;
DO $given$
BEGIN
    PERFORM bank.create_account_at('sent.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['alice', 'bob']) AS n;
    WHILE (bank.number_events()).numbered > 0 LOOP
    END LOOP;
    PERFORM bank.create_webhook('http://all', '0123456789abcdef');
    PERFORM bank.create_webhook('http://deposits', types => '{deposit}', account_id => 'sent.alice');
    PERFORM bank.deposit_at('sent.alice', 1, "timestamp" => 1000);
    PERFORM bank.deposit_at('sent.alice', 2, "timestamp" => 1000);
    PERFORM bank.deposit_at('sent.bob', 3, "timestamp" => 1000);
    PERFORM bank.withdraw_at('sent.alice', 4 - 1, "timestamp" => 1000);
END;
$given$;
SELECT 'webhook' || min(w.webhook_number) AS hook, min(w.queued) AS seen FROM ledger.webhooks AS w \gset
CREATE FUNCTION pg_temp.queue() RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        concat_ws(' ', w.url, e.account_id, e.type, e.amount,
            CASE WHEN d.next_attempt_at <= engine.now() THEN 'now' WHEN d.next_attempt_at > 0 THEN 'later' END,
            nullif(d.status, 'pending')),
        ', ' ORDER BY w.url, d.event_id
    )
    FROM ledger.webhook_deliveries AS d
    INNER JOIN ledger.webhooks AS w ON w.webhook_number = d.webhook_number
    INNER JOIN bank.events AS e ON e.event_id = d.event_id
$function$;

-- Works
SELECT engine.queue_deliveries(engine.newest_event()) AS queued \gset
SELECT is(pg_temp.queue(), NULL, 'what is not numbered is not queued');
SELECT bank.number_events() AS numbered \gset
SELECT engine.queue_deliveries(engine.newest_event(), 2) AS queued \gset
SELECT is(
    pg_temp.queue(),
    'http://all sent.alice deposit 1 now, http://all sent.alice deposit 2, '
    'http://deposits sent.alice deposit 1 now, http://deposits sent.alice deposit 2',
    'the next events, of each account only the first to be sent'
);
SELECT engine.queue_deliveries(engine.newest_event()) AS queued \gset
SELECT is(
    pg_temp.queue(),
    'http://all sent.alice deposit 1 now, http://all sent.alice deposit 2, '
    'http://all sent.bob deposit 3 now, http://all sent.alice withdraw -3, '
    'http://deposits sent.alice deposit 1 now, http://deposits sent.alice deposit 2',
    'each webhook what it wants, later ones behind what waits'
);
SELECT engine.queue_deliveries(engine.newest_event()) AS queued \gset
SELECT is((SELECT count(*) FROM ledger.webhook_deliveries AS d
    INNER JOIN ledger.webhooks AS w ON w.webhook_number = d.webhook_number), 6::bigint, 'once');
SELECT is(
    (SELECT array_agg(DISTINCT w.queued) FROM ledger.webhooks AS w),
    ARRAY[engine.newest_event()], 'up to the newest event'
);

SELECT * FROM finish();
ROLLBACK;
