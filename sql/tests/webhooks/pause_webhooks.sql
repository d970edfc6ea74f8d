-- Tests of bank.pause_webhooks.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.pause_webhooks'::regproc),
    'reason text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.pause_webhooks'::regproc), 'SETOF bank.webhook', 'what it returns'
);
SELECT volatility_is('bank', 'pause_webhooks', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'pause_webhooks', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.pause_webhooks'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.pause_webhooks'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.pause_webhooks'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given three, of which one is paused
LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
DELETE FROM ledger.webhooks;
SELECT (bank.create_webhook('https://hook/1', after => 0)).webhook_id AS one \gset
SELECT (bank.create_webhook('https://hook/2', after => 0)).webhook_id AS two \gset
SELECT (bank.create_webhook('https://hook/3', after => 0)).webhook_id AS three \gset
SELECT bank.pause_webhook(:'two', 'they move') AS paused \gset
SELECT a.version AS before FROM ledger.accounts AS a WHERE a.account_id = '@ledger' \gset

-- Works
SELECT results_eq(
    'SELECT p.webhook_id, p.status, p.paused_reason FROM bank.pause_webhooks(''a copy'') AS p',
    format('VALUES (%L, ''paused'', ''a copy''), (%L, ''paused'', ''a copy'')', :'one', :'three'),
    'returns those that it has paused'
);
SELECT is(
    (SELECT w.paused_reason FROM bank.list_webhooks() AS w WHERE w.webhook_id = :'two'), 'they move',
    'one that was paused keeps its reason'
);
SELECT is(
    (
        SELECT string_agg(concat_ws(' ', t.operation, t.details ->> 'webhook_id'), ', ' ORDER BY t.version)
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.version > :before
    ), format('pause_webhook %s, pause_webhook %s', :'one', :'three'), 'the log tells of each'
);
SELECT is_empty('SELECT FROM bank.claim_deliveries()', 'nothing is sent');
SELECT is_empty('SELECT FROM bank.pause_webhooks(''again'')', 'again there is nothing to pause');
SELECT is_empty('SELECT v.* FROM bank.verify_ledger() AS v WHERE NOT v.ok AND v."check" LIKE ''webhook%''', 'and the books agree');

-- Refuses
SELECT throws_ok('SELECT bank.pause_webhooks('' '')', 'TL007', 'invalid_argument', 'refuses a blank reason');
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    'SELECT bank.pause_webhooks(''x'')', 'TL201', 'limited_to_accounts', 'refuses who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
