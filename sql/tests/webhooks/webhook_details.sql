-- Tests of engine.webhook_details.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.webhook_details'::regproc),
    'webhook ledger.webhooks',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.webhook_details'::regproc), 'jsonb', 'what it returns');
SELECT volatility_is('engine', 'webhook_details', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'webhook_details', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.webhook_details'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.webhook_details(jsonb_populate_record(NULL::ledger.webhooks, '{
        "webhook_number": 7, "url": "http://x", "secret": "s", "types": ["pay"], "after": 3,
        "queued": 7, "created_at": 1000
    }')),
    '{
        "webhook_id": "webhook7", "host": "http://x", "types": ["pay"],
        "url_sha256": "037ab55168fe8769f2a4c041c2ea5d8b3112e28b83c9ca8cf7d35445d7a03cbe", "account_id": null,
        "after": 3, "created_at": 1000,
        "secret_sha256": "043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89"
    }',
    'all but the URL and the secret, of which there are hashes'
);

SELECT * FROM finish();
ROLLBACK;
