-- Tests of bank.create_api_key.
BEGIN;
SELECT plan(17);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.create_api_key'::regproc),
    'name text, role text, accounts text[] DEFAULT NULL::text[], expires_at bigint DEFAULT NULL::bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.create_api_key'::regproc), 'bank.api_key_created', 'what it returns'
);
SELECT volatility_is('bank', 'create_api_key', 'volatile', 'it is volatile');
SELECT is_definer('bank', 'create_api_key', 'it runs as its owner');
SELECT ok(
    NOT has_function_privilege('bank_teller', 'bank.create_api_key'::regproc, 'EXECUTE'),
    'a teller may not call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.create_api_key'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    NOT has_function_privilege('bank_auditor', 'bank.create_api_key'::regproc, 'EXECUTE'),
    'an auditor may not call it'
);

-- Works
SELECT k.* FROM bank.create_api_key('shop', 'teller', '{alice,s:*}', 9007199254740991) AS k \gset made_
SELECT is(
    to_jsonb(ARRAY[:'made_name', :'made_role', :'made_accounts', :'made_expires_at']::text[]),
    '["shop", "teller", "[\"alice\", \"s:*\"]", "9007199254740991"]'::jsonb, 'returns the key'
);
SELECT matches(:'made_secret'::text, '^pgt_[0-9a-f]{64}$', 'with a secret');
SELECT is(
    (SELECT to_jsonb(k) FROM ledger.api_keys AS k WHERE k.name = 'shop'),
    jsonb_build_object(
        'name', 'shop', 'role', 'teller', 'accounts', '["alice", "s:*"]'::jsonb, 'secret_hash',
        sha256(:'made_secret'), 'created_at', :made_created_at, 'expires_at', 9007199254740991,
        'revoked_at', NULL
    ), 'of which the hash is kept'
);
SELECT is(
    (
        SELECT jsonb_build_array(t.actor, t.amount, t.details)
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'create_api_key'
            AND t.details ->> 'name' = 'shop'
    ),
    jsonb_build_array(session_user, 0, jsonb_build_object(
        'name', 'shop', 'role', 'teller', 'accounts', '["alice", "s:*"]'::jsonb,
        'created_at', :made_created_at, 'expires_at', 9007199254740991,
        'secret_sha256', encode(sha256(:'made_secret'), 'hex')
    )), 'and told of by @ledger'
);
SELECT isnt(
    (bank.create_api_key('one', 'auditor')).secret, (bank.create_api_key('two', 'operator')).secret,
    'each has its own'
);

-- Refuses
SELECT throws_ok(
    $$SELECT bank.create_api_key('no name', 'teller')$$, 'TL007', 'invalid_argument', 'what cannot be'
);
SELECT throws_ok(
    $$SELECT bank.create_api_key('every', 'teller', '{*}')$$, 'TL007', 'invalid_argument', 'a prefix of nothing'
);
SELECT throws_ok(
    $$SELECT bank.create_api_key('every', 'teller', '{shop,*}')$$, 'TL007', 'invalid_argument',
    'nor one among others'
);
SELECT throws_ok(
    $$SELECT bank.create_api_key('shop', 'operator')$$, 'TL350', 'api_key_exists', 'a name that is taken'
);
SET LOCAL pgteller.accounts = '{alice}';
SELECT throws_ok(
    $$SELECT bank.create_api_key('more', 'operator')$$, 'TL201', 'limited_to_accounts',
    'one who is for some accounts alone'
);

SELECT * FROM finish();
ROLLBACK;
