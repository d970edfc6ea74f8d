-- Tests of engine.show_api_key.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.show_api_key'::regproc),
    'api_key ledger.api_keys',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.show_api_key'::regproc), 'bank.api_key', 'what it returns'
);
SELECT volatility_is('engine', 'show_api_key', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'show_api_key', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.show_api_key'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    to_jsonb(engine.show_api_key(ROW(
        'shop', 'teller', '{a}', sha256('x'), 1000, 2000, 3000
    )::ledger.api_keys)),
    '{
        "name": "shop", "role": "teller", "accounts": ["a"], "created_at": 1000, "expires_at": 2000,
        "revoked_at": 3000
    }', 'without the hash of its secret'
);

SELECT * FROM finish();
ROLLBACK;
