-- Tests of engine.api_key_details.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.api_key_details'::regproc),
    'api_key ledger.api_keys',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.api_key_details'::regproc), 'jsonb', 'what it returns'
);
SELECT volatility_is('engine', 'api_key_details', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'api_key_details', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.api_key_details'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.api_key_details(ROW(
        'shop', 'teller', '{a}', sha256('x'), 1000, 2000, 3000
    )::ledger.api_keys),
    '{
        "name": "shop", "role": "teller", "accounts": ["a"], "created_at": 1000, "expires_at": 2000,
        "secret_sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    }', 'all it was made with'
);

SELECT * FROM finish();
ROLLBACK;
