-- Tests of engine.read_webhook.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.read_webhook'::regproc),
    'webhook_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.read_webhook'::regproc), 'ledger.webhooks',
    'what it returns'
);
SELECT volatility_is('engine', 'read_webhook', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'read_webhook', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.read_webhook'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
SELECT (bank.create_webhook('https://read', after => 7)).webhook_id AS id \gset

-- Works
SELECT is((engine.read_webhook(:'id')).url, 'https://read', 'returns the row');

-- Refuses
SELECT throws_ok(
    format('SELECT engine.read_webhook(%L)', w.id), 'TL131', 'webhook_not_found',
    'refuses ' || coalesce(w.id, 'NULL')
) FROM unnest(ARRAY[
    'webhook0', 'webhook07', 'webhook9999999999999999', 'webhook99999999999999999', 'webhook', '7', '',
    NULL
]) AS w (id);

SELECT * FROM finish();
ROLLBACK;
