-- Tests of bank.list_api_keys.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_api_keys'::regproc),
    '"limit" bigint DEFAULT 100, after text DEFAULT NULL::text, "order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_api_keys'::regproc), 'SETOF bank.api_key', 'what it returns'
);
SELECT volatility_is('bank', 'list_api_keys', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_api_keys', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.list_api_keys'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_api_keys'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_api_keys'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
SELECT count(bank.create_api_key('list.' || k.name, 'teller')) FROM unnest('{b,a,c}'::text[]) AS k (name);
SELECT count(bank.revoke_api_key('list.b'));

-- Works
SELECT results_eq(
    $$SELECT l.name, l.revoked_at IS NOT NULL FROM bank.list_api_keys(after => 'list.') AS l
    WHERE l.name LIKE 'list.%'$$,
    $$VALUES ('list.a', false), ('list.b', true), ('list.c', false)$$, 'by name'
);
SELECT results_eq(
    $$SELECT l.name FROM bank.list_api_keys(1, 'list.a') AS l$$, ARRAY['list.b'], 'a page'
);
SELECT results_eq(
    $$SELECT l.name FROM bank.list_api_keys(2, 'list.c', 'desc') AS l$$, ARRAY['list.b', 'list.a'],
    'backwards'
);
SELECT cmp_ok((SELECT count(*) FROM bank.list_api_keys(NULL, NULL, 'desc')), '>=', 3::bigint, 'all');

-- Refuses
SELECT throws_ok(
    $$SELECT bank.list_api_keys(-1)$$, 'TL007', 'invalid_argument', 'a limit that is none'
);
SELECT throws_ok(
    $$SELECT bank.list_api_keys("order" => 'x')$$, 'TL007', 'invalid_argument', 'an order that is none'
);
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    $$SELECT bank.list_api_keys()$$, 'TL201', 'limited_to_accounts',
    'one who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
