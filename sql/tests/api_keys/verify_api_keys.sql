-- Tests of engine.verify_api_keys.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_api_keys'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_api_keys'::regproc), 'SETOF engine.violation', 'what it returns'
);
SELECT volatility_is('engine', 'verify_api_keys', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_api_keys', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_api_keys'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
SELECT count(bank.create_api_key('v.' || k.name, 'teller', '{a}', 9007199254740991))
FROM unnest('{kept,gone}'::text[]) AS k (name);
SELECT count(bank.revoke_api_key('v.gone'));
CREATE FUNCTION pg_temp.found(damage text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_found text;
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT string_agg(
            concat_ws(' ', v."check", v.account_id, v.found ->> 'name'), ', ' ORDER BY v.found ->> 'name'
        )
        INTO v_found
        FROM engine.verify_api_keys() AS v;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;
SET LOCAL session_replication_role = replica;  -- the guards are asleep

-- Works
SELECT is(pg_temp.found('SELECT 1'), NULL, 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found(format('UPDATE ledger.api_keys SET %s WHERE name = ''v.%s''', d.damage, d.name)),
    'api_keys_logged @ledger v.' || d.name, d.damage
) FROM (
    VALUES ('role = ''operator''', 'kept'), ('accounts = NULL', 'kept'), ('accounts = ''{a,b}''', 'kept'),
    ('secret_hash = sha256(''x'')', 'kept'), ('created_at = 1', 'kept'), ('expires_at = NULL', 'kept'),
    ('revoked_at = 1', 'kept'), ('revoked_at = NULL', 'gone')
) AS d (damage, name);
SELECT is(
    pg_temp.found($$DELETE FROM ledger.api_keys WHERE name = 'v.gone'$$),
    'api_keys_logged @ledger v.gone', 'one removed'
);
SELECT is(
    pg_temp.found($$
        INSERT INTO ledger.api_keys (name, role, secret_hash, created_at)
        VALUES ('v.thief', 'operator', sha256('x'), 0)
    $$), 'api_keys_logged @ledger v.thief', 'one put in'
);

SELECT * FROM finish();
ROLLBACK;
