-- revoke_api_key: let nobody in with it any more.
--
--   Returns  the key; one that is revoked already is left as it is
--   Writes   ledger.api_keys, one leg of @ledger
--   Locks    the key, FOR NO KEY UPDATE; @ledger
--   Errors   limited_to_accounts, api_key_not_found
CREATE OR REPLACE FUNCTION bank.revoke_api_key(name text)
RETURNS bank.api_key
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_key ledger.api_keys;
BEGIN
    PERFORM engine.refuse_limited();
    SELECT k.* INTO v_key
    FROM ledger.api_keys AS k
    WHERE k.name = revoke_api_key.name
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'api_key_not_found', json_build_object('name', left(revoke_api_key.name, 65))
        );
    END IF;
    IF v_key.revoked_at IS NULL THEN
        UPDATE ledger.api_keys AS k
        SET revoked_at = v_now
        WHERE k.name = v_key.name
        RETURNING k.* INTO v_key;
        PERFORM engine.record_setting('revoke_api_key', jsonb_build_object(
            'name', v_key.name, 'revoked_at', v_key.revoked_at
        ));
    END IF;
    RETURN engine.show_api_key(v_key);
END;
$function$;

COMMENT ON FUNCTION bank.revoke_api_key(text) IS
    'Let nobody in with it any more. Web servers notice within 5 s. Its name is not given again.';
REVOKE ALL ON FUNCTION bank.revoke_api_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.revoke_api_key(text) TO bank_operator;
