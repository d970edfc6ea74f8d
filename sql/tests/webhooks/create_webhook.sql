-- Tests of bank.create_webhook.
BEGIN;
SELECT plan(27);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.create_webhook'::regproc),
    'url text, secret text DEFAULT NULL::text, types text[] DEFAULT NULL::text[], '
    || 'account_id text DEFAULT NULL::text, after bigint DEFAULT NULL::bigint, idempotency_key text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.create_webhook'::regproc), 'bank.webhook_created',
    'what it returns'
);
SELECT volatility_is('bank', 'create_webhook', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'create_webhook', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.create_webhook'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.create_webhook'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.create_webhook'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
SELECT bank.create_account_at('hook.alice', "timestamp" => 1000) AS made \gset

-- Works
SELECT is(
    to_jsonb(bank.create_webhook(
        'https://hook/x', '0123456789abcdef', '{deposit,pay}', 'hook.alice', 7
    )) - ARRAY['webhook_id', 'created_at'],
    '{
        "url": "https://hook/x", "secret": "0123456789abcdef", "types": ["deposit", "pay"],
        "account_id": "hook.alice", "after": 7
    }',
    'returns the webhook'
);
SELECT is(
    (SELECT to_jsonb(w) - ARRAY['webhook_number', 'created_at']
    FROM ledger.webhooks AS w WHERE w.url = 'https://hook/x'),
    '{
        "url": "https://hook/x", "secret": "0123456789abcdef", "types": ["deposit", "pay"],
        "account_id": "hook.alice", "after": 7, "queued": 7, "secret_before": null, "secret_until": null,
        "paused_at": null, "paused_reason": null, "failing_since": null
    }',
    'and keeps it'
);
SELECT h.after FROM bank.create_webhook('https://hook/y') AS h \gset
SELECT is(
    engine.newest_event(), :after::bigint,
    'it begins after what has happened'
);
SELECT isnt_empty(
    $$SELECT FROM bank.events AS e WHERE e.account_id = 'hook.alice'$$,
    'which is numbered for that'
);
SELECT matches(w.secret, '^whsec_[0-9a-f]{64}$', 'a secret is made')
FROM ledger.webhooks AS w WHERE w.url = 'https://hook/y';
SELECT isnt(
    (bank.create_webhook('https://hook', after => 0)).secret,
    (bank.create_webhook('https://hook', after => 0)).secret, 'another one each time'
);

SELECT is(
    (
        SELECT jsonb_build_object('actor', t.actor = session_user, 'details', t.details - '{webhook_id,created_at}'::text[],
            'created_at', (t.details ->> 'created_at')::bigint = (
                SELECT w.created_at FROM ledger.webhooks AS w
                WHERE 'webhook' || w.webhook_number = t.details ->> 'webhook_id'
            ))
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'create_webhook'
            AND t.details ->> 'host' = 'https://hook' AND t.details ->> 'account_id' = 'hook.alice'
    ),
    jsonb_build_object('actor', true, 'created_at', true, 'details', jsonb_build_object(
        'host', 'https://hook', 'url_sha256', encode(sha256('https://hook/x'), 'hex'), 'types', '["deposit", "pay"]'::jsonb, 'account_id', 'hook.alice',
        'after', 7, 'secret_sha256', encode(sha256('0123456789abcdef'), 'hex')
    )),
    'the log tells of it, without the secret'
);

-- Under a key
CREATE TEMP TABLE keyed AS
SELECT h.* FROM bank.create_webhook('https://keyed', after => 3, idempotency_key => 'key') AS h;
SELECT matches(k.secret, '^whsec_', 'made under a key') FROM keyed AS k;
SELECT is(
    to_jsonb(bank.create_webhook('https://keyed', after => 3, idempotency_key => 'key')),
    (SELECT to_jsonb(k) FROM keyed AS k), 'a repeat gets the first answer, secret and all'
);
SELECT is(
    (SELECT count(*) FROM ledger.webhooks AS w WHERE w.url = 'https://keyed'), 1::bigint,
    'and makes no other'
);
SELECT ok(
    (SELECT bool_and(strpos(i.response::text, k.secret) = 0 AND i.owner = '@login:' || session_user)
    FROM ledger.idempotency_keys AS i CROSS JOIN keyed AS k
    WHERE i.idempotency_key = 'key' AND i.operation = 'create_webhook'),
    'the secret is not kept with the key, which is the caller''s'
);
SELECT throws_ok(
    'SELECT bank.create_webhook(''https://other'', after => 3, idempotency_key => ''key'')',
    'TL010', 'idempotency_key_reused', 'refuses the key for another webhook'
);
SELECT bank.delete_webhook(k.webhook_id) AS deleted FROM keyed AS k \gset
SELECT is(
    to_jsonb(bank.create_webhook('https://keyed', after => 3, idempotency_key => 'key')) -> 'secret',
    'null', 'a repeat after it is deleted makes no other, and knows no secret'
);

-- Refuses
SELECT throws_ok(
    'SELECT bank.create_webhook(''https://x'', idempotency_key => '''')', 'TL006',
    'invalid_idempotency_key', 'refuses an empty key'
);
SELECT throws_ok(
    'SELECT bank.create_webhook(''https://x'', types => ' || quote_nullable(w.types) || ')', 'TL007',
    'invalid_argument', 'refuses types ' || w.types
) FROM (VALUES ('{deposits}'), ('{pay,NULL}')) AS w (types);
SELECT throws_ok(
    'SELECT bank.create_webhook(''x'')', 'TL030', 'invalid_url', 'refuses what is no URL'
);
SELECT throws_ok(
    'SELECT bank.create_webhook(''https://x'', ''short'')', 'TL007', 'invalid_argument',
    'refuses a short secret'
);
SELECT throws_ok(
    'SELECT bank.create_webhook(''https://x'', account_id => ''hook.nobody'')', 'TL101',
    'account_not_found', 'refuses an unknown account'
);
UPDATE ledger.settings AS s SET webhooks = (SELECT count(*) FROM ledger.webhooks);
SELECT throws_ok(
    'SELECT bank.create_webhook(''https://x'')', 'TL338', 'quota_exceeded',
    'refuses more than there may be'
);

SELECT * FROM finish();
ROLLBACK;
