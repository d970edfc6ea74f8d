-- Tests of bank.retry_delivery.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.retry_delivery'::regproc),
    'webhook_id text, event_id bigint, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.retry_delivery'::regproc), 'bank.delivery', 'what it returns');
SELECT volatility_is('bank', 'retry_delivery', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'retry_delivery', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.retry_delivery'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.retry_delivery'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.retry_delivery'::regproc, 'EXECUTE'),
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
SELECT is(pg_temp.waiting(), 'sent.alice pending later, sent.alice pending, sent.bob pending now', 'it waits');
SELECT ok(
    d.status = 'pending' AND d.attempts = 1 AND d.next_attempt_at <= engine.now() AND d.last_status = 500,
    'returns the delivery'
) FROM bank.retry_delivery(:'hook', :seen + 1) AS d;
SELECT is(
    (SELECT array_agg(c.event_id - :seen) FROM bank.claim_deliveries() AS c), ARRAY[1::bigint], 'it goes now'
);
SELECT is(
    pg_temp.told('retry_delivery'), jsonb_build_object('webhook_id', :'hook', 'event_id', :seen + 1),
    'the log tells of it'
);

-- Under a key
CREATE TEMP TABLE keyed AS SELECT r.* FROM bank.retry_delivery(:'hook', :seen + 1, 'key') AS r;
SELECT is(to_jsonb(r), (SELECT to_jsonb(k) FROM keyed AS k), 'a repeat gets the first answer')
FROM bank.retry_delivery(:'hook', :seen + 1, 'key') AS r;
SELECT is(
    (
        SELECT count(*) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'retry_delivery' AND t.key_hash IS NOT NULL
    ), 1::bigint, 'and is told of once'
);
SELECT throws_ok(
    format('SELECT bank.retry_delivery(%L, 999, ''key'')', :'hook'), 'TL010', 'idempotency_key_reused', 'refuses the key for another request'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.retry_delivery(%L, 7, '''')', :'hook'), 'TL006', 'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    'SELECT bank.retry_delivery(''webhook0'', 7)', 'TL131', 'webhook_not_found', 'refuses an unknown webhook'
);
SELECT throws_ok(
    format('SELECT bank.retry_delivery(%L, %s)', :'hook', :seen + 9), 'TL134', 'delivery_not_found',
    'refuses an unknown event'
);
SELECT throws_ok(
    format('SELECT bank.retry_delivery(%L, %s)', :'hook', :seen + 2), 'TL361', 'delivery_waits',
    'refuses one that waits for another'
);

SELECT * FROM finish();
ROLLBACK;
