-- Tests of engine.verify_webhooks.
BEGIN;
SELECT plan(28);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_webhooks'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.verify_webhooks'::regproc), 'SETOF engine.violation', 'what it returns');
SELECT volatility_is('engine', 'verify_webhooks', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_webhooks', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_webhooks'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given one that is there, and a deleted one
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
DO $given$
DECLARE
    v_webhook text;
BEGIN
    PERFORM bank.create_account_at('hooked', "timestamp" => 1000);
    PERFORM bank.create_webhook('https://first', after => 1);
    UPDATE ledger.webhooks AS w SET queued = engine.newest_event();  -- past what is before
    v_webhook := 'webhook' || (SELECT w.webhook_number FROM ledger.webhooks AS w WHERE w.url = 'https://first');
    PERFORM bank.rotate_webhook_secret(v_webhook);
    PERFORM bank.rotate_webhook_secret(v_webhook, '0123456789abcdef');
    PERFORM bank.pause_webhook(v_webhook, 'once');
    PERFORM bank.resume_webhook(v_webhook);
    PERFORM bank.update_webhook(v_webhook, 'https://kept', '{pause_webhook,resume_webhook}');
    PERFORM bank.claim_deliveries();
    PERFORM bank.skip_delivery(v_webhook, (
        SELECT min(d.event_id) FROM ledger.webhook_deliveries AS d WHERE d.webhook_number = substr(v_webhook, 8)::bigint
    ), 'poison');
    PERFORM bank.update_webhook(v_webhook, 'https://kept', '{pay}', 'hooked');
    PERFORM bank.pause_webhook(v_webhook, 'why');
    PERFORM bank.create_webhook('https://all');
    PERFORM bank.delete_webhook((bank.create_webhook('https://gone', after => 0)).webhook_id);
END;
$given$;
CREATE FUNCTION pg_temp.found(damage text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_found text;
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT string_agg(
            concat_ws(' ', v."check", v.account_id, coalesce(v.found -> 'kept' ->> 'host', v.found -> 'sealed' ->> 'host')),
            ', ' ORDER BY v.found ->> 'webhook_id', v."check"
        )
        INTO v_found
        FROM engine.verify_webhooks() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;
SET LOCAL session_replication_role = replica;  -- the guards are asleep

-- Works
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found(format('UPDATE ledger.webhooks SET %s WHERE url = ''https://kept''', d.damage)),
    'webhooks_logged @ledger ' || d.url, d.damage
) FROM (
    VALUES ('url = ''https://thief''', 'https://thief'), ('secret = ''fedcba9876543210''', 'https://kept'),
    ('types = NULL', 'https://kept'), ('types = ''["pay", "deposit"]''', 'https://kept'),
    ('account_id = NULL', 'https://kept'), ('account_id = ''other''', 'https://kept'),
    ('after = 0', 'https://kept'), ('queued = 0', 'https://kept'),
    ('queued = 9007199254740991', 'https://kept'), ('created_at = created_at - 1', 'https://kept'),
    ('paused_at = NULL', 'https://kept'), ('paused_reason = ''other''', 'https://kept'),
    ('secret_before = ''fedcba9876543210''', 'https://kept'), ('secret_until = 9000000000000', 'https://kept')
) AS d (damage, url);
SELECT is(
    pg_temp.found('DELETE FROM ledger.webhooks WHERE url = ''https://kept'''),
    'deliveries_skipped_logged @ledger, webhooks_logged @ledger https://kept', 'one removed'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.webhooks (webhook_number, url, secret, after, queued, created_at)
        VALUES (9007199254740991, 'https://thief', '0123456789abcdef', 0, 0, 0)
    $$), 'webhooks_logged @ledger https://thief', 'one put in'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.webhooks (webhook_number, url, secret, after, queued, created_at)
        SELECT substr(t.details ->> 'webhook_id', 8)::bigint, 'https://gone', 'x', 0, 0, 0
        FROM ledger.ledger_transactions AS t WHERE t.operation = 'delete_webhook'
    $$), 'webhooks_logged @ledger https://gone', 'a deleted one put back'
);
SELECT is(
    pg_temp.found($$
        UPDATE ledger.webhooks SET webhook_number = 9007199254740991 WHERE url = 'https://kept'
    $$), 'deliveries_skipped_logged @ledger, webhooks_logged @ledger https://kept, '
    'webhooks_logged @ledger https://kept', 'one renamed'
);

SELECT is(
    pg_temp.found(format('UPDATE ledger.webhook_deliveries SET status = %L WHERE status = %L', d.after, d.before)),
    d.found, d.before || ' made ' || d.after
) FROM (
    VALUES ('skipped', 'delivered', 'deliveries_skipped_logged @ledger'),
    ('pending', 'delivered', NULL)
) AS d (before, after, found);
SELECT is(
    pg_temp.found('DELETE FROM ledger.webhook_deliveries'), 'deliveries_skipped_logged @ledger', 'a skipped one removed'
);
SELECT isnt(
    pg_temp.found('UPDATE ledger.webhook_deliveries SET status = ''skipped'' WHERE status = ''pending'''), NULL,
    'one skipped in silence'
);

SELECT * FROM finish();
ROLLBACK;
