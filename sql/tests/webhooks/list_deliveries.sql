-- Tests of bank.list_deliveries.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_deliveries'::regproc),
    'webhook_id text, status text DEFAULT NULL::text, "limit" bigint DEFAULT 100, '
    || 'after bigint DEFAULT NULL::bigint, "order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_deliveries'::regproc), 'SETOF bank.delivery',
    'what it returns'
);
SELECT volatility_is('bank', 'list_deliveries', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_deliveries', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.list_deliveries'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_deliveries'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_deliveries'::regproc, 'EXECUTE'),
    'an auditor may call it'
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
SELECT count(*) AS claimed FROM bank.claim_deliveries() \gset
SELECT bank.finish_delivery(:'hook', :seen + 1, 1, 200) AS done \gset

-- Works
SELECT results_eq(
    format('SELECT d.event_id - %s, d.status FROM bank.list_deliveries(%L) AS d', :seen, :'hook'),
    $$VALUES (1::bigint, 'delivered'), (2, 'pending'), (3, 'pending'), (4, 'pending')$$,
    'in the order of events'
);
SELECT results_eq(
    format('SELECT d.event_id FROM bank.list_deliveries(%L, %L, 1, %s) AS d', :'hook', 'pending', :seen + 2),
    format('VALUES (%s::bigint)', :seen + 3), 'of one status, at most limit, after the given one'
);
SELECT is(
    (SELECT count(*) FROM bank.list_deliveries(:'hook', NULL, NULL, NULL)), 4::bigint, 'NULL is no limit'
);
SELECT is(to_jsonb(d), to_jsonb(engine.show_delivery(substr(:'hook', 8)::bigint, d.event_id)), 'as they are shown')
FROM bank.list_deliveries(:'hook', 'delivered') AS d;

-- Refuses
SELECT throws_ok(
    format('SELECT bank.list_deliveries(%L, "limit" => 0)', :'hook'), 'TL007', 'invalid_argument',
    'refuses a limit of zero'
);
SELECT throws_ok(
    format('SELECT bank.list_deliveries(%L, ''lost'')', :'hook'), 'TL007', 'invalid_argument',
    'refuses an unknown status'
);
SELECT throws_ok(
    'SELECT bank.list_deliveries(''webhook0'')', 'TL131', 'webhook_not_found',
    'refuses an unknown webhook'
);

SELECT * FROM finish();
ROLLBACK;
