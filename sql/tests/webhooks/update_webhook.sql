-- Tests of bank.update_webhook.
BEGIN;
SELECT plan(24);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.update_webhook'::regproc),
    'webhook_id text, url text, '
    || 'types text[] DEFAULT NULL::text[], account_id text DEFAULT NULL::text, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.update_webhook'::regproc), 'bank.webhook', 'what it returns');
SELECT volatility_is('bank', 'update_webhook', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'update_webhook', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.update_webhook'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.update_webhook'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.update_webhook'::regproc, 'EXECUTE'),
    'an auditor may not call it'
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
SELECT bank.finish_delivery(:'hook', :seen + 1, 1, 500) AS failed \gset

-- Works
SELECT is(
    to_jsonb(w) - '{webhook_id,queued_to,created_at}'::text[],
    '{"url": "https://new/y", "types": ["pay"], "account_id": "sent.bob", "status": "active", "paused_at": null,
    "paused_reason": null, "failing_since": null, "pending": 3, "secret_until": null}', 'returns the webhook'
) FROM bank.update_webhook(:'hook', 'https://new/y', '{pay}', 'sent.bob') AS w;
SELECT is(
    pg_temp.told('update_webhook'), jsonb_build_object(
        'webhook_id', :'hook', 'host', 'https://new', 'url_sha256', encode(sha256('https://new/y'), 'hex'),
        'types', '["pay"]'::jsonb, 'account_id', 'sent.bob'
    ), 'the log tells of it, without the URL'
);
UPDATE ledger.webhook_deliveries AS d SET claimed_until = NULL, next_attempt_at = least(d.next_attempt_at, 5);
SELECT results_eq(
    'SELECT DISTINCT c.url, c.secret FROM bank.claim_deliveries() AS c',
    'VALUES (''https://new/y'', ''0123456789abcdef'')', 'what is queued is sent to the new address'
);
SELECT is(
    jsonb_build_array(w.types, w.account_id), '[null, null]', 'what is left out means all'
) FROM bank.update_webhook(:'hook', 'https://new/y') AS w;

-- Under a key
CREATE TEMP TABLE keyed AS SELECT r.* FROM bank.update_webhook(:'hook', 'https://key', idempotency_key => 'key') AS r;
SELECT is(to_jsonb(r), (SELECT to_jsonb(k) FROM keyed AS k), 'a repeat gets the first answer')
FROM bank.update_webhook(:'hook', 'https://key', idempotency_key => 'key') AS r;
SELECT is(
    (
        SELECT count(*) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'update_webhook' AND t.key_hash IS NOT NULL
    ), 1::bigint, 'and is told of once'
);
SELECT throws_ok(
    format('SELECT bank.update_webhook(%L, ''https://other'', idempotency_key => ''key'')', :'hook'), 'TL010', 'idempotency_key_reused', 'refuses the key for another request'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.update_webhook(%L, ''https://x'', idempotency_key => '''')', :'hook'), 'TL006', 'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    format('SELECT bank.update_webhook(%L, %L)', :'hook', r.url), r.code, r.name, 'refuses ' || coalesce(r.url, 'NULL')
) FROM (
    VALUES (NULL, 'TL030', 'invalid_url'), ('https://127.1/', 'TL030', 'invalid_url'),
    ('http://x', 'TL031', 'address_not_allowed'), ('https://127.0.0.1/', 'TL031', 'address_not_allowed')
) AS r (url, code, name);
SELECT throws_ok(
    format('SELECT bank.update_webhook(%L, ''https://x'', %L)', :'hook', r.types), 'TL007', 'invalid_argument',
    'refuses types ' || r.types
) FROM (VALUES ('{deposits}'), ('{}'), ('{pay,NULL}')) AS r (types);
SELECT throws_ok(
    format('SELECT bank.update_webhook(%L, ''https://x'', NULL, ''sent.nobody'')', :'hook'), 'TL101',
    'account_not_found', 'refuses an unknown account'
);
SELECT throws_ok(
    'SELECT bank.update_webhook(''webhook0'', ''https://x'')', 'TL131', 'webhook_not_found', 'refuses an unknown webhook'
);

SELECT * FROM finish();
ROLLBACK;
