-- Tests of bank.delete_webhook.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.delete_webhook'::regproc),
    'webhook_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.delete_webhook'::regproc), 'bank.webhook',
    'what it returns'
);
SELECT volatility_is('bank', 'delete_webhook', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'delete_webhook', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.delete_webhook'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.delete_webhook'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.delete_webhook'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
SELECT (bank.create_webhook('https://gone', after => 0)).webhook_id AS id \gset
INSERT INTO ledger.webhook_deliveries (account_id, webhook_number, event_id)
VALUES ('x', substr(:'id', 8)::bigint, 1), ('x', 9007199254740991, 1);

-- Works
SELECT is(
    (SELECT h.webhook_id || ' ' || h.pending || ' ' || h.status FROM bank.delete_webhook(:'id') AS h), :'id' || ' 1 deleted',
    'returns the webhook'
);
SELECT is_empty('SELECT FROM ledger.webhooks AS w WHERE w.url = ''https://gone''', 'it is gone');
SELECT is(
    (SELECT array_agg(d.webhook_number) FROM ledger.webhook_deliveries AS d WHERE d.account_id = 'x'),
    '{9007199254740991}', 'and its deliveries with it'
);
SELECT is(
    (SELECT array_agg(t.operation::text ORDER BY t.version)
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = '@ledger' AND t.details ->> 'webhook_id' = :'id'),
    '{create_webhook,delete_webhook}', 'and the log tells of it'
);

-- Refuses
SELECT throws_ok(
    format('SELECT bank.delete_webhook(%L)', :'id'), 'TL131', 'webhook_not_found',
    'refuses one that is deleted'
);

SELECT * FROM finish();
ROLLBACK;
