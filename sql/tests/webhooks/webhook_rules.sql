-- Tests of bank.webhook_rules.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.webhook_rules'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('bank.webhook_rules'::regproc), 'bank.address_rules', 'what it returns');
SELECT volatility_is('bank', 'webhook_rules', 'stable', 'it is stable');
SELECT is_definer('bank', 'webhook_rules', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.webhook_rules'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.webhook_rules'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.webhook_rules'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Works
SELECT is(
    to_jsonb(r) - 'refused', '{"http": false, "allowed": []}', 'nothing but https and public addresses'
) FROM bank.webhook_rules() AS r;
UPDATE ledger.settings AS s SET webhook_http = true, webhook_networks = '{10.0.0.0/8,::1/128}';
SELECT is(
    to_jsonb(r), jsonb_build_object(
        'http', true, 'allowed', '["10.0.0.0/8", "::1/128"]'::jsonb,
        'refused', to_jsonb(engine.refused_networks())
    ), 'and what the owner allows'
) FROM bank.webhook_rules() AS r;

SELECT * FROM finish();
ROLLBACK;
