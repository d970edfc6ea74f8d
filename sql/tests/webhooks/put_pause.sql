-- Tests of engine.put_pause.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.put_pause'::regproc),
    'webhook_number bigint, reason text, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.put_pause'::regproc), 'ledger.webhooks', 'what it returns');
SELECT volatility_is('engine', 'put_pause', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'put_pause', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.put_pause'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
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
SELECT ok(w.paused_at IS NOT NULL AND w.paused_reason = 'why', 'returns the row')
FROM engine.put_pause(:number, 'why') AS w;
SELECT is(
    to_jsonb(w) -> 'paused_at', pg_temp.told('pause_webhook') -> 'paused_at', 'which is kept, and sealed'
) FROM ledger.webhooks AS w;
SELECT is(
    pg_temp.told('pause_webhook') - 'paused_at',
    jsonb_build_object('webhook_id', :'hook', 'paused_reason', 'why'), 'with the reason'
);

SELECT * FROM finish();
ROLLBACK;
