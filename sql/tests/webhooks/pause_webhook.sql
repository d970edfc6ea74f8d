-- Tests of bank.pause_webhook.
BEGIN;
SELECT plan(19);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.pause_webhook'::regproc),
    'webhook_id text, reason text, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.pause_webhook'::regproc), 'bank.webhook', 'what it returns');
SELECT volatility_is('bank', 'pause_webhook', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'pause_webhook', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.pause_webhook'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.pause_webhook'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.pause_webhook'::regproc, 'EXECUTE'),
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

-- Works
SELECT ok(w.status = 'paused' AND w.paused_at IS NOT NULL AND w.paused_reason = 'they move', 'returns the webhook')
FROM bank.pause_webhook(:'hook', 'they move') AS w;
UPDATE ledger.webhook_deliveries AS d SET claimed_until = NULL;
SELECT is_empty('SELECT FROM bank.claim_deliveries()', 'nothing is sent there');
SELECT bank.deposit_at('sent.bob', 4, "timestamp" => 1000) AS more \gset
SELECT is_empty('SELECT FROM bank.claim_deliveries()', 'what comes now as well');
SELECT is((SELECT count(*) FROM ledger.webhook_deliveries), 3::bigint, 'nor is it queued: the log keeps it');
SELECT is((bank.pause_webhook(:'hook', 'still')).paused_reason, 'still', 'another reason is kept');

-- Under a key
CREATE TEMP TABLE keyed AS SELECT r.* FROM bank.pause_webhook(:'hook', 'keyed', 'key') AS r;
SELECT is(to_jsonb(r), (SELECT to_jsonb(k) FROM keyed AS k), 'a repeat gets the first answer')
FROM bank.pause_webhook(:'hook', 'keyed', 'key') AS r;
SELECT is(
    (
        SELECT count(*) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'pause_webhook' AND t.key_hash IS NOT NULL
    ), 1::bigint, 'and is told of once'
);
SELECT throws_ok(
    format('SELECT bank.pause_webhook(%L, ''other'', ''key'')', :'hook'), 'TL010', 'idempotency_key_reused', 'refuses the key for another request'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.pause_webhook(%L, ''x'', '''')', :'hook'), 'TL006', 'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    format('SELECT bank.pause_webhook(%L, %L)', :'hook', r.reason), 'TL007', 'invalid_argument',
    'refuses the reason ' || coalesce(quote_literal(left(r.reason, 9)), 'NULL')
) FROM (VALUES (' '), (NULL)) AS r (reason);
SELECT throws_ok(
    'SELECT bank.pause_webhook(''webhook0'', ''x'')', 'TL131', 'webhook_not_found', 'refuses an unknown webhook'
);

SELECT * FROM finish();
ROLLBACK;
