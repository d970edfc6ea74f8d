-- Tests of engine.queue_deliveries.
BEGIN;
SELECT plan(13);

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
    PERFORM bank.create_webhook('https://all', '0123456789abcdef');
    PERFORM bank.create_webhook('https://deposits', types => '{deposit}', account_id => 'sent.alice');
    WHILE (bank.number_events()).numbered > 0 LOOP
    END LOOP;
    UPDATE ledger.webhooks AS w SET queued = engine.newest_event();  -- past what tells of them
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
SELECT engine.queue_deliveries(engine.newest_event(), 4) AS queued \gset
SELECT is(
    pg_temp.queue(),
    'https://all sent.alice deposit 1 now, https://all sent.alice deposit 2, '
    'https://deposits sent.alice deposit 1 now, https://deposits sent.alice deposit 2',
    'the next events, until there are so many deliveries; of each account only the first to be sent'
);
SELECT engine.queue_deliveries(engine.newest_event()) AS queued \gset
SELECT is(
    pg_temp.queue(),
    'https://all sent.alice deposit 1 now, https://all sent.alice deposit 2, '
    'https://all sent.bob deposit 3 now, https://all sent.alice withdraw -3, '
    'https://deposits sent.alice deposit 1 now, https://deposits sent.alice deposit 2',
    'each webhook what it wants, later ones behind what waits'
);
SELECT engine.queue_deliveries(engine.newest_event()) AS queued \gset
SELECT is((SELECT count(*) FROM ledger.webhook_deliveries AS d
    INNER JOIN ledger.webhooks AS w ON w.webhook_number = d.webhook_number), 6::bigint, 'once');
SELECT is(
    (SELECT array_agg(DISTINCT w.queued) FROM ledger.webhooks AS w),
    ARRAY[engine.newest_event()], 'up to the newest event'
);

-- Bounded, however many want the same events, and wherever they are
DO $given$
BEGIN
    PERFORM bank.create_webhook('https://many/' || n, account_id => 'sent.bob', after => 0)
    FROM generate_series(1, 40) AS n;
    UPDATE ledger.webhooks AS w SET queued = CASE WHEN w.url LIKE '%7' THEN 0 ELSE queued END;
    PERFORM bank.deposit_at('sent.bob', n, "timestamp" => 2000) FROM generate_series(1, 20) AS n;
    WHILE (bank.number_events()).numbered > 0 LOOP
    END LOOP;
    UPDATE ledger.webhooks AS w SET queued = engine.newest_event() - 20 WHERE w.url NOT LIKE '%7';
END;
$given$;
CREATE FUNCTION pg_temp.queued(most bigint) RETURNS bigint LANGUAGE plpgsql AS $function$
DECLARE
    v_before bigint := (SELECT count(*) FROM ledger.webhook_deliveries);
BEGIN
    PERFORM engine.queue_deliveries(engine.newest_event(), most);
    RETURN (SELECT count(*) FROM ledger.webhook_deliveries) - v_before;
END;
$function$;
SELECT ok(pg_temp.queued(100) BETWEEN 50 AND 142, 'about limit deliveries are queued, not 800');
SELECT is(
    (SELECT count(*) FROM ledger.webhooks AS w WHERE w.queued IN (0, engine.newest_event() - 20)),
    0::bigint, 'those far behind get on, and those that are not'
);
SELECT ok(bool_and(pg_temp.queued(100) BETWEEN 0 AND 142), 'call by call')
FROM generate_series(1, 20);

SELECT * FROM finish();
ROLLBACK;
