-- Tests of bank.resume_webhook.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.resume_webhook'::regproc),
    'webhook_id text, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.resume_webhook'::regproc), 'bank.webhook', 'what it returns');
SELECT volatility_is('bank', 'resume_webhook', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'resume_webhook', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.resume_webhook'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.resume_webhook'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.resume_webhook'::regproc, 'EXECUTE'),
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
SELECT bank.pause_webhook(:'hook', 'they move') AS paused \gset

-- Works
SELECT is(
    to_jsonb(w) - '{webhook_id,url,types,queued_to,created_at}'::text[],
    '{"account_id": null, "status": "active", "paused_at": null, "paused_reason": null, "failing_since": null,
    "pending": 3, "secret_until": null}', 'returns the webhook'
) FROM bank.resume_webhook(:'hook') AS w;
SELECT is(
    pg_temp.waiting(), 'sent.alice pending now, sent.alice pending, sent.bob pending now',
    'what waited for its next attempt goes at once, in the same order'
);
SELECT is(
    pg_temp.told('resume_webhook'),
    jsonb_build_object('webhook_id', :'hook', 'paused_at', NULL, 'paused_reason', NULL), 'the log tells of it'
);
SELECT is((bank.resume_webhook(:'hook')).status, 'active', 'one that is not paused is let be');

-- Under a key
CREATE TEMP TABLE keyed AS SELECT r.* FROM bank.resume_webhook(:'hook', 'key') AS r;
SELECT is(to_jsonb(r), (SELECT to_jsonb(k) FROM keyed AS k), 'a repeat gets the first answer')
FROM bank.resume_webhook(:'hook', 'key') AS r;
SELECT is(
    (
        SELECT count(*) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'resume_webhook' AND t.key_hash IS NOT NULL
    ), 1::bigint, 'and is told of once'
);
SELECT throws_ok(
    format('SELECT bank.pause_webhook(%L, ''other'', ''key'')', :'hook'), 'TL010', 'idempotency_key_reused', 'refuses the key for another request'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.resume_webhook(%L, '''')', :'hook'), 'TL006', 'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    'SELECT bank.resume_webhook(''webhook0'')', 'TL131', 'webhook_not_found', 'refuses an unknown webhook'
);

SELECT * FROM finish();
ROLLBACK;
