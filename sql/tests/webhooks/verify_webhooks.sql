-- Tests of engine.verify_webhooks.
BEGIN;
SELECT plan(20);

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
BEGIN
    PERFORM bank.create_account_at('hooked', "timestamp" => 1000);
    PERFORM bank.create_webhook('http://kept', '0123456789abcdef', '{pay}', 'hooked', 1);
    PERFORM bank.create_webhook('http://all');
    PERFORM bank.delete_webhook((bank.create_webhook('http://gone', after => 0)).webhook_id);
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
            ', ' ORDER BY v.found ->> 'webhook_id'
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
    pg_temp.found(format('UPDATE ledger.webhooks SET %s WHERE url = ''http://kept''', d.damage)),
    'webhooks_logged @ledger ' || d.url, d.damage
) FROM (
    VALUES ('url = ''http://thief''', 'http://thief'), ('secret = ''fedcba9876543210''', 'http://kept'),
    ('types = NULL', 'http://kept'), ('types = ''["pay", "deposit"]''', 'http://kept'),
    ('account_id = NULL', 'http://kept'), ('account_id = ''other''', 'http://kept'),
    ('after = 0', 'http://kept'), ('queued = 0', 'http://kept'),
    ('queued = 9007199254740991', 'http://kept'), ('created_at = created_at - 1', 'http://kept')
) AS d (damage, url);
SELECT is(
    pg_temp.found('DELETE FROM ledger.webhooks WHERE url = ''http://kept'''),
    'webhooks_logged @ledger http://kept', 'one removed'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.webhooks (webhook_number, url, secret, after, queued, created_at)
        VALUES (9007199254740991, 'http://thief', '0123456789abcdef', 0, 0, 0)
    $$), 'webhooks_logged @ledger http://thief', 'one put in'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.webhooks (webhook_number, url, secret, after, queued, created_at)
        SELECT substr(t.details ->> 'webhook_id', 8)::bigint, 'http://gone', 'x', 0, 0, 0
        FROM ledger.ledger_transactions AS t WHERE t.operation = 'delete_webhook'
    $$), 'webhooks_logged @ledger http://gone', 'a deleted one put back'
);
SELECT is(
    pg_temp.found($$
        UPDATE ledger.webhooks SET webhook_number = 9007199254740991 WHERE url = 'http://kept'
    $$), 'webhooks_logged @ledger http://kept, webhooks_logged @ledger http://kept', 'one renamed'
);

SELECT * FROM finish();
ROLLBACK;
