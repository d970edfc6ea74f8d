-- Tests of bank.list_webhooks.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_webhooks'::regproc),
    '"limit" bigint DEFAULT 100, after text DEFAULT NULL::text, '
    || '"order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_webhooks'::regproc), 'SETOF bank.webhook',
    'what it returns'
);
SELECT volatility_is('bank', 'list_webhooks', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_webhooks', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.list_webhooks'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_webhooks'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_webhooks'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
SELECT (bank.create_webhook('https://list/1', after => 0)).webhook_id AS one \gset
SELECT (bank.create_webhook('https://list/2', after => 0)).webhook_id AS two \gset
SELECT (bank.create_webhook('https://list/3', after => 0)).webhook_id AS three \gset

-- Works
SELECT results_eq(
    $$SELECT h.url FROM bank.list_webhooks(NULL) AS h WHERE h.url LIKE 'https://list/%'$$,
    $$VALUES ('https://list/1'), ('https://list/2'), ('https://list/3')$$, 'all, oldest first'
);
SELECT results_eq(
    format('SELECT h.url FROM bank.list_webhooks(1, %L) AS h', :'one'),
    $$VALUES ('https://list/2')$$, 'at most limit, after the given one'
);
SELECT is(to_jsonb(h) ? 'secret', false, 'without its secret')
FROM bank.list_webhooks(1, :'two') AS h;

-- Refuses
SELECT throws_ok(
    'SELECT bank.list_webhooks(0)', 'TL007', 'invalid_argument', 'refuses a limit of zero'
);
SELECT throws_ok(
    'SELECT bank.list_webhooks(after => ''x'')', 'TL131', 'webhook_not_found',
    'refuses to begin after an unknown one'
);

SELECT * FROM finish();
ROLLBACK;
