-- Tests of bank.finish_delivery.
BEGIN;
SELECT plan(31);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.finish_delivery'::regproc),
    'webhook_id text, event_id bigint, attempt bigint, http_status bigint DEFAULT '
    || 'NULL::bigint, error text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.finish_delivery'::regproc), 'bank.delivery',
    'what it returns'
);
SELECT volatility_is('bank', 'finish_delivery', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'finish_delivery', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.finish_delivery'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.finish_delivery'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.finish_delivery'::regproc, 'EXECUTE'),
    'an auditor may not call it'
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
SELECT bank.delete_webhook('webhook' || w.webhook_number) AS deleted
FROM ledger.webhooks AS w WHERE w.url = 'https://deposits' \gset
UPDATE ledger.webhooks AS w SET types = '["deposit", "withdraw"]';  -- not what tells of that
SELECT count(*) AS claimed FROM bank.claim_deliveries() \gset

-- Works
SELECT is(
    to_jsonb(d) - ARRAY['next_attempt_at', 'last_attempt_at'],
    jsonb_build_object(
        'webhook_id', :'hook', 'event_id', :seen + 1, 'account_id', 'sent.alice',
        'status', 'pending', 'attempts', 1, 'last_status', 503, 'last_error', 'busy',
        'delivered_at', NULL
    ),
    'a failure is noted'
) FROM bank.finish_delivery(:'hook', :seen + 1, 1, 503, 'busy') AS d;
SELECT is(
    pg_temp.queue(),
    'https://all sent.alice deposit 1 later, https://all sent.alice deposit 2, '
    'https://all sent.bob deposit 3 now, https://all sent.alice withdraw -3',
    'and holds up the later ones of its account'
);
CREATE FUNCTION pg_temp.waits(hook text, event bigint, n bigint, ms bigint) RETURNS boolean
LANGUAGE plpgsql AS $function$
DECLARE
    v_earliest bigint := engine.now() + ms;
    v_next bigint;
BEGIN
    UPDATE ledger.webhook_deliveries AS d SET attempts = n
    WHERE d.event_id = event AND d.webhook_number = substr(hook, 8)::bigint;
    v_next := (bank.finish_delivery(hook, event, n, 500)).next_attempt_at;
    RETURN v_next BETWEEN v_earliest AND engine.now() + ms;
END;
$function$;
SELECT is(
    pg_temp.waits(:'hook', :seen + 1, w.attempt, 1000 * w.seconds), true,
    format('after attempt %s it waits for %s s', w.attempt, w.seconds)
) FROM (
    VALUES (1, 5), (2, 30), (3, 120), (4, 600), (5, 1800), (6, 3600), (7, 3600), (999, 3600)
) AS w (attempt, seconds);
SELECT is(
    (bank.finish_delivery(:'hook', :seen + 1, 998, 500)).last_status, 500::bigint,
    'who comes back late'
);
UPDATE ledger.webhook_deliveries AS d SET next_attempt_at = 7 WHERE d.event_id = :seen + 1;
SELECT is(
    (bank.finish_delivery(:'hook', :seen + 1, 998, 404)).next_attempt_at, 7::bigint,
    'with a failure is not heard'
);
SELECT is(
    to_jsonb(d) - ARRAY['last_attempt_at', 'delivered_at'],
    jsonb_build_object(
        'webhook_id', :'hook', 'event_id', :seen + 1, 'account_id', 'sent.alice',
        'status', 'delivered', 'attempts', 999, 'last_status', 204, 'last_error', NULL,
        'next_attempt_at', NULL
    ),
    'with a success it is'
) FROM bank.finish_delivery(:'hook', :seen + 1, 998, 204) AS d;
SELECT is(
    pg_temp.queue(),
    'https://all sent.alice deposit 1 delivered, https://all sent.alice deposit 2 now, '
    'https://all sent.bob deposit 3 now, https://all sent.alice withdraw -3',
    'and lets the next one of the account go'
);
SELECT is(
    (bank.finish_delivery(:'hook', :seen + 1, 999, 500)).status, 'delivered',
    'what is delivered stays so'
);
SELECT is((bank.finish_delivery(:'hook', :seen + 3, 1, 299)).status, 'delivered', 'another account');
SELECT is(
    (bank.finish_delivery(:'hook', :seen + 2, 0, s.status, s.error)).status, 'pending',
    concat_ws(' ', 'no success:', s.status, s.error)
) FROM (VALUES (199, NULL), (300, NULL), (NULL, 'refused'), (200, 'cut'), (NULL, NULL)) AS s (status, error);
SELECT is(
    (bank.finish_delivery(:'hook', :seen + 2, 0, NULL, repeat('x', 2000))).last_error,
    repeat('x', 1000), 'of long errors the beginning is kept'
);
SELECT is(
    (bank.finish_delivery(:'hook', 9007199254740991, 1, 200)).event_id, NULL,
    'nothing comes of a delivery that is not there'
);

-- Refuses
SELECT throws_ok(
    'SELECT bank.finish_delivery(''webhook0'', 1, 1, 200)', 'TL131', 'webhook_not_found',
    'refuses an unknown webhook'
);

SELECT * FROM finish();
ROLLBACK;
