-- Tests of bank.finish_deliveries.
BEGIN;
SELECT plan(26);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.finish_deliveries'::regproc),
    'finished jsonb',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.finish_deliveries'::regproc), 'bank.finished', 'what it returns');
SELECT volatility_is('bank', 'finish_deliveries', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'finish_deliveries', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.finish_deliveries'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.finish_deliveries'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.finish_deliveries'::regproc, 'EXECUTE'),
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
CREATE FUNCTION pg_temp.tell(hook text, event bigint, status bigint) RETURNS text LANGUAGE sql AS $function$
    SELECT f.delivered || ' ' || f.failed
    FROM bank.finish_deliveries(jsonb_build_array(jsonb_build_object(
        'webhook_id', hook, 'event_id', event, 'http_status', status, 'attempt', (
            SELECT d.attempts FROM ledger.webhook_deliveries AS d WHERE d.event_id = event
        )
    ))) AS f
$function$;
CREATE FUNCTION pg_temp.failing() RETURNS text LANGUAGE sql AS $function$
    SELECT concat_ws(
        ', ', CASE WHEN w.failing_since IS NULL THEN 'well' ELSE 'failing' END, 'paused: ' || w.paused_reason
    )
    FROM ledger.webhooks AS w
$function$;

-- Works
SELECT is(
    (
        SELECT f.delivered || ' ' || f.failed
        FROM bank.finish_deliveries(format(
            '[{"webhook_id": %1$s, "event_id": %2$s, "attempt": 1, "http_status": 204},
            {"webhook_id": %1$s, "event_id": %3$s, "attempt": 1, "error": "cut"},
            {"webhook_id": "webhook0", "event_id": 1, "attempt": 1, "http_status": 204},
            {"webhook_id": %1$s, "event_id": 9007199254740991, "attempt": 1, "http_status": 204}]',
            to_json(:'hook'::text), :seen + 1, :seen + 3
        )::jsonb) AS f
    ), '1 1', 'counts, and passes over what is not there'
);
SELECT is(
    pg_temp.waiting(), 'sent.alice delivered, sent.alice pending now, sent.bob pending later',
    'the next one of the account goes, and what failed waits'
);
SELECT is(
    (SELECT array_agg(d.last_error ORDER BY d.event_id) FROM ledger.webhook_deliveries AS d),
    ARRAY[NULL, NULL, 'cut'], 'the error is kept'
);
SELECT is(
    (SELECT count(*) FROM ledger.webhook_deliveries AS d WHERE num_nonnulls(d.claimed_by, d.claimed_until) > 0),
    0::bigint, 'and no claim'
);
SELECT is(pg_temp.failing(), 'well', 'where one arrived, it does not fail');
SELECT is(pg_temp.tell(:'hook', :seen + 3, 500), '0 1', 'a failure');
SELECT is(pg_temp.failing(), 'failing', 'it fails since then');
UPDATE ledger.webhooks AS w SET failing_since = 5;
UPDATE ledger.webhook_deliveries AS d SET attempts = 7 WHERE d.event_id = :seen + 3;
SELECT is(bank.finish_deliveries(format(
    '[{"webhook_id": "%s", "event_id": %s, "attempt": 6, "http_status": 500}]', :'hook', :seen + 3
)::jsonb)::text, '(0,0)', 'who comes back late with a failure is not heard');
SELECT is(pg_temp.failing(), 'failing', 'and pauses nothing');
SELECT is(pg_temp.tell(:'hook', :seen + 3, 500), '0 1', 'one more');
SELECT is(pg_temp.failing(), 'failing, paused: 72 h without a success', 'after 72 hours of it, it is paused');
SELECT is(
    pg_temp.told('pause_webhook') - 'paused_at',
    jsonb_build_object('webhook_id', :'hook', 'paused_reason', '72 h without a success'), 'the log tells of it'
);
SELECT is(
    (SELECT count(*) FROM ledger.ledger_transactions AS t WHERE t.operation = 'pause_webhook'), 1::bigint, 'once'
);
SELECT bank.resume_webhook(:'hook') AS resumed \gset
UPDATE ledger.webhooks AS w SET failing_since = engine.now() - 259199000;
SELECT is(pg_temp.tell(:'hook', :seen + 3, 500), '0 1', 'before the 72 hours are over');
SELECT is(pg_temp.failing(), 'failing', 'it is not');
SELECT is(pg_temp.tell(:'hook', :seen + 3, 410), '0 1', 'Gone');
SELECT is(pg_temp.failing(), 'failing, paused: answered 410', 'is at once');

-- Refuses
SELECT throws_ok(
    format('SELECT bank.finish_deliveries(%L)', f.finished), 'TL007', 'invalid_argument',
    'refuses ' || coalesce(f.finished, 'NULL')
) FROM (VALUES ('{}'), (NULL)) AS f (finished);

SELECT * FROM finish();
ROLLBACK;
