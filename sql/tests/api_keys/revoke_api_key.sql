-- Tests of bank.revoke_api_key.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.revoke_api_key'::regproc),
    'name text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.revoke_api_key'::regproc), 'bank.api_key', 'what it returns'
);
SELECT volatility_is('bank', 'revoke_api_key', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'revoke_api_key', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.revoke_api_key'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.revoke_api_key'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.revoke_api_key'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Given
SELECT count(bank.create_api_key(k.name, 'teller')) FROM unnest('{shop,kept}'::text[]) AS k (name);

-- Works
SELECT k.* FROM bank.revoke_api_key('shop') AS k \gset gone_
SELECT cmp_ok(:gone_revoked_at::bigint, '>=', :gone_created_at::bigint, 'returns it, with the time');
SELECT is(
    (SELECT array_agg(k.name::text) FROM ledger.api_keys AS k WHERE k.revoked_at IS NULL
    AND k.name IN ('shop', 'kept')), '{kept}', 'no other'
);
SELECT is(
    (bank.revoke_api_key('shop')).revoked_at, :gone_revoked_at::bigint, 'again: nothing changes'
);
SELECT is(
    (
        SELECT jsonb_agg(t.details) FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'revoke_api_key'
            AND t.details ->> 'name' = 'shop'
    ), jsonb_build_array(jsonb_build_object('name', 'shop', 'revoked_at', :gone_revoked_at)),
    'told of by @ledger, once'
);
SELECT throws_ok(
    $$SELECT bank.create_api_key('shop', 'teller')$$, 'TL350', 'api_key_exists',
    'its name is not given again'
);

-- Refuses
SELECT throws_ok(
    $$SELECT bank.revoke_api_key('none')$$, 'TL150', 'api_key_not_found', 'one that is not there'
);
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    $$SELECT bank.revoke_api_key('kept')$$, 'TL201', 'limited_to_accounts',
    'one who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
