-- Tests of engine.replay.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.replay'::regproc),
    'owner text, idempotency_key text, operation text, request_hash bytea',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.replay'::regproc), 'json',
    'what it returns'
);
SELECT volatility_is('engine', 'replay', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'replay', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.replay'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM engine.remember('rep.alice', 'k1', 'deposit', '\x01', '{"a": 1}');
END;
$given$;
CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;

-- Works
SELECT is(
    engine.replay('rep.alice', 'k1', 'deposit', '\x01')::text, '{"a": 1}',
    'the same request gets the stored answer'
);
SELECT is(
    engine.replay('rep.alice', 'k1', 'deposit', '\x01')::text, '{"a": 1}', 'again and again'
);
SELECT is(engine.replay('rep.alice', 'k2', 'deposit', '\x01')::text, NULL, 'another key is free');
SELECT is(
    engine.replay('rep.bob', 'k1', 'deposit', '\x01')::text, NULL,
    'the same key of another account is free'
);
SELECT is(
    engine.replay('rep.alice', 'K1', 'deposit', '\x01')::text, NULL, 'capitals make another key'
);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.replay('rep.alice', 'k1', 'deposit', '\x02')$$,
    'TL010', 'idempotency_key_reused', 'refuses another request under the key'
);
SELECT throws_ok(
    $$SELECT engine.replay('rep.alice', 'k1', 'withdraw', '\x01')$$,
    'TL010', 'idempotency_key_reused', 'refuses another operation under the key'
);
SELECT is(
    pg_temp.detail_of($$SELECT engine.replay('rep.alice', 'k1', 'withdraw', '\x01')$$)
    - 'first_used_at',
    '{"account_id": "rep.alice", "idempotency_key": "k1", "first_operation": "deposit"}'::jsonb,
    'and says what the key was first used for'
);
SELECT ok(
    pg_temp.detail_of($$SELECT engine.replay('rep.alice', 'k1', 'withdraw', '\x01')$$)
    ? 'first_used_at',
    'and when'
);

SELECT * FROM finish();
ROLLBACK;
