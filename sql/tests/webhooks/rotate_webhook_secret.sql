-- Tests of bank.rotate_webhook_secret.
BEGIN;
SELECT plan(24);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.rotate_webhook_secret'::regproc),
    'webhook_id text, secret text DEFAULT NULL::text, '
    || 'overlap_ms bigint DEFAULT 86400000, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.rotate_webhook_secret'::regproc), 'bank.webhook_secret', 'what it returns');
SELECT volatility_is('bank', 'rotate_webhook_secret', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'rotate_webhook_secret', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.rotate_webhook_secret'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.rotate_webhook_secret'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.rotate_webhook_secret'::regproc, 'EXECUTE'),
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
SELECT is(
    to_jsonb(w) - 'secret_until', jsonb_build_object('webhook_id', :'hook', 'secret', 'another_secret_of_theirs'),
    'returns the secret'
) FROM bank.rotate_webhook_secret(:'hook', 'another_secret_of_theirs') AS w;
SELECT is(
    jsonb_build_array(w.secret_before, w.secret_until BETWEEN engine.now() + 86300000 AND engine.now() + 86400000),
    '["0123456789abcdef", true]', 'the one before is valid for a day'
) FROM ledger.webhooks AS w;
SELECT is(
    pg_temp.told('rotate_webhook_secret') - 'secret_until', jsonb_build_object(
        'webhook_id', :'hook', 'secret_sha256', encode(sha256('another_secret_of_theirs'), 'hex'),
        'secret_before_sha256', encode(sha256('0123456789abcdef'), 'hex')
    ), 'the log tells of it, without the secrets'
);
UPDATE ledger.webhook_deliveries AS d SET claimed_until = NULL;
SELECT results_eq(
    'SELECT DISTINCT c.secret, c.secret_before FROM bank.claim_deliveries() AS c',
    'VALUES (''another_secret_of_theirs'', ''0123456789abcdef'')', 'both sign'
);
SELECT matches(w.secret, '^whsec_[0-9a-f]{64}$', 'one is made') FROM bank.rotate_webhook_secret(:'hook', NULL, 0) AS w;
UPDATE ledger.webhook_deliveries AS d SET claimed_until = NULL;
SELECT results_eq(
    'SELECT DISTINCT c.secret = w.secret, c.secret_before FROM bank.claim_deliveries() AS c CROSS JOIN ledger.webhooks AS w',
    'VALUES (true, NULL::text)', 'without overlap it signs alone'
);

-- Under a key
CREATE TEMP TABLE keyed AS SELECT r.* FROM bank.rotate_webhook_secret(:'hook', idempotency_key => 'key') AS r;
SELECT is(to_jsonb(r), (SELECT to_jsonb(k) FROM keyed AS k), 'a repeat gets the first answer')
FROM bank.rotate_webhook_secret(:'hook', idempotency_key => 'key') AS r;
SELECT is(
    (
        SELECT count(*) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'rotate_webhook_secret' AND t.key_hash IS NOT NULL
    ), 1::bigint, 'and is told of once'
);
SELECT throws_ok(
    format('SELECT bank.rotate_webhook_secret(%L, overlap_ms => 5, idempotency_key => ''key'')', :'hook'), 'TL010', 'idempotency_key_reused', 'refuses the key for another request'
);
SELECT is(
    (SELECT count(*) FROM ledger.idempotency_keys AS i CROSS JOIN keyed AS k
    WHERE strpos(i.response::text, k.secret) > 0), 0::bigint, 'the secret is not kept with the key'
);
SELECT bank.delete_webhook(:'hook') AS deleted \gset
SELECT is(
    (bank.rotate_webhook_secret(:'hook', idempotency_key => 'key')).secret, NULL, 'nor is it known once it is deleted'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.rotate_webhook_secret(%L, idempotency_key => '''')', :'hook'), 'TL006', 'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    format('SELECT bank.rotate_webhook_secret(%L, %L, %L)', :'hook', r.secret, r.overlap), 'TL007', 'invalid_argument',
    'refuses ' || r.what
) FROM (
    VALUES ('short', 0, 'a short secret'), (NULL, -1, 'less than no overlap'), (NULL, 2592000001, 'more than 30 days'),
    (NULL, NULL, 'NULL for it')
) AS r (secret, overlap, what);
SELECT throws_ok(
    'SELECT bank.rotate_webhook_secret(''webhook0'')', 'TL131', 'webhook_not_found', 'refuses an unknown webhook'
);

SELECT * FROM finish();
ROLLBACK;
