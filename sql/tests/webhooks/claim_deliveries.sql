-- Tests of bank.claim_deliveries.
BEGIN;
SELECT plan(30);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.claim_deliveries'::regproc),
    '"limit" bigint DEFAULT 10, lease_ms bigint DEFAULT 60000, worker_number bigint DEFAULT NULL::bigint, '
    || 'share bigint DEFAULT 100, sending jsonb DEFAULT NULL::jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.claim_deliveries'::regproc), 'SETOF bank.claimed_delivery',
    'what it returns'
);
SELECT volatility_is('bank', 'claim_deliveries', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'claim_deliveries', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.claim_deliveries'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.claim_deliveries'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.claim_deliveries'::regproc, 'EXECUTE'),
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

-- Works
CREATE TEMP TABLE claimed AS SELECT c.* FROM bank.claim_deliveries(2) AS c;
SELECT is(
    (SELECT array_agg(c.url ORDER BY c.url) FROM claimed AS c),
    ARRAY['https://all', 'https://deposits'], 'numbers and queues what is new; webhooks take turns'
);
SELECT is(
    (SELECT to_jsonb(c) - 'body' FROM claimed AS c WHERE c.url = 'https://all'),
    jsonb_build_object(
        'webhook_id', :'hook', 'event_id', :seen + 1, 'attempt', 1, 'url', 'https://all',
        'secret', '0123456789abcdef', 'secret_before', NULL
    ),
    'all that sending takes'
);
SELECT is(
    (SELECT c.body::jsonb FROM claimed AS c WHERE c.url = 'https://all'),
    (SELECT to_jsonb(e) FROM bank.list_events(:seen, 1) AS e), 'the body is the event'
);
SELECT is(
    pg_temp.queue(),
    'https://all sent.alice deposit 1 now, https://all sent.alice deposit 2, '
    'https://all sent.bob deposit 3 now, https://all sent.alice withdraw -3, '
    'https://deposits sent.alice deposit 1 now, https://deposits sent.alice deposit 2',
    'what is due, of each account one'
);
SELECT is(
    (SELECT array_agg(c.url || c.event_id - :seen) FROM bank.claim_deliveries(10, 0) AS c),
    ARRAY['https://all3'], 'nor is what comes behind it on its account; others are'
);
SELECT is(
    (SELECT array_agg(c.attempt) FROM bank.claim_deliveries() AS c), ARRAY[2::bigint],
    'when the lease is over it is offered again'
);
SELECT is_empty('SELECT c.* FROM bank.claim_deliveries() AS c', 'that was all');
SELECT is(
    (SELECT d.attempts FROM bank.list_deliveries(:'hook') AS d WHERE d.account_id = 'sent.bob'),
    2::bigint, 'attempts are counted'
);

-- By workers
CREATE FUNCTION pg_temp.take(worker bigint, share bigint DEFAULT 100, sending jsonb DEFAULT NULL) RETURNS text
LANGUAGE sql AS $function$
    SELECT string_agg(c.url, ' ' ORDER BY c.url)
    FROM bank.claim_deliveries(10, 60000, worker, share, sending) AS c
$function$;
UPDATE ledger.webhook_deliveries AS d SET claimed_until = NULL;
SELECT w.worker_number AS one FROM bank.begin_worker('host/1', '1.0') AS w \gset
SELECT w.worker_number AS two FROM bank.begin_worker('host/2', '1.0') AS w \gset
SELECT is(pg_temp.take(:one), 'https://all https://all https://deposits', 'a worker takes what is due');
SELECT is(pg_temp.take(:two), NULL, 'while it lives another one does not');
UPDATE ledger.worker_heartbeats AS h SET believed_until = engine.now() WHERE h.worker_number = :one;
SELECT is(pg_temp.take(:two), 'https://all https://all https://deposits', 'once it is dead it does, at once');
SELECT bank.end_worker(:two) AS ended \gset
SELECT is(
    pg_temp.take(NULL, 1), 'https://all https://deposits', 'or has stopped; of each webhook no more than its share'
);
UPDATE ledger.webhook_deliveries AS d SET claimed_until = NULL;
SELECT is(
    pg_temp.take(NULL, 3, jsonb_build_object(:'hook', 3)), 'https://deposits', 'of which some is in its hands by now'
);
UPDATE ledger.webhook_deliveries AS d SET claimed_until = NULL;
UPDATE ledger.webhooks AS w SET failing_since = 5 WHERE w.url = 'https://all';
SELECT is(pg_temp.take(NULL, 10), 'https://all https://deposits', 'of one that fails a tenth');
UPDATE ledger.webhook_deliveries AS d SET claimed_until = NULL, version = NULL;
SELECT ok(
    bool_and(c.body::jsonb ->> 'account_id' LIKE 'sent.%'), 'what an older release has queued is found as well'
) FROM bank.claim_deliveries() AS c;
UPDATE ledger.webhooks AS w SET failing_since = NULL;
UPDATE ledger.webhook_deliveries AS d SET claimed_until = NULL, status = 'delivered';
INSERT INTO ledger.webhook_deliveries (account_id, webhook_number, event_id, version, next_attempt_at)
SELECT 'sent.alice', w.webhook_number, 1000000 + n, 1, CASE w.url WHEN 'https://all' THEN n ELSE 1000 END
FROM ledger.webhooks AS w CROSS JOIN generate_series(1, 40) AS n;
SELECT is(
    (SELECT count(DISTINCT c.url) FROM generate_series(1, 30) AS n CROSS JOIN bank.claim_deliveries(n - n + 1) AS c),
    2::bigint, 'claimed one by one, the one that waits longest leaves room for the others'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.claim_deliveries(%L, %L, share => %L)', r.most, r.lease, r.share), 'TL007', 'invalid_argument',
    format('refuses limit %s, lease_ms %s', r.most, r.lease)
) FROM (
    VALUES (0, 1, 1), (1001, 1, 1), (NULL, 1, 1), (1, -1, 1), (1, 86400001, 1), (1, NULL, 1), (1, 1, 0)
) AS r (most, lease, share);

SELECT * FROM finish();
ROLLBACK;
