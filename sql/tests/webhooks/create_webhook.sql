-- Tests of bank.create_webhook.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.create_webhook'::regproc),
    'url text, secret text DEFAULT NULL::text, types text[] DEFAULT NULL::text[], '
    || 'account_id text DEFAULT NULL::text, after bigint DEFAULT NULL::bigint',
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
        'http://hook/x', '0123456789abcdef', '{deposit,pay}', 'hook.alice', 7
    )) - ARRAY['webhook_id', 'created_at'],
    '{
        "url": "http://hook/x", "secret": "0123456789abcdef", "types": ["deposit", "pay"],
        "account_id": "hook.alice", "after": 7
    }',
    'returns the webhook'
);
SELECT is(
    (SELECT to_jsonb(w) - ARRAY['webhook_number', 'created_at']
    FROM ledger.webhooks AS w WHERE w.url = 'http://hook/x'),
    '{
        "url": "http://hook/x", "secret": "0123456789abcdef", "types": ["deposit", "pay"],
        "account_id": "hook.alice", "queued": 7
    }',
    'and keeps it'
);
SELECT h.after FROM bank.create_webhook('http://hook/y') AS h \gset
SELECT is(
    engine.newest_event(), :after::bigint,
    'it begins after what has happened'
);
SELECT isnt_empty(
    $$SELECT FROM bank.events AS e WHERE e.account_id = 'hook.alice'$$,
    'which is numbered for that'
);
SELECT matches(w.secret, '^whsec_[0-9a-f]{64}$', 'a secret is made')
FROM ledger.webhooks AS w WHERE w.url = 'http://hook/y';
SELECT isnt(
    (bank.create_webhook('http://hook', after => 0)).secret,
    (bank.create_webhook('http://hook', after => 0)).secret, 'another one each time'
);

-- Refuses
SELECT throws_ok(
    'SELECT bank.create_webhook(''x'')', 'TL030', 'invalid_url', 'refuses what is no URL'
);
SELECT throws_ok(
    'SELECT bank.create_webhook(''http://x'', ''short'')', 'TL007', 'invalid_argument',
    'refuses a short secret'
);
SELECT throws_ok(
    'SELECT bank.create_webhook(''http://x'', account_id => ''hook.nobody'')', 'TL101',
    'account_not_found', 'refuses an unknown account'
);

SELECT * FROM finish();
ROLLBACK;
