-- create_api_key: let somebody in through a web server.
--
--   Returns  the key with its secret, which is shown now and never again
--   Writes   ledger.api_keys, one leg of @ledger
--   Locks    @ledger
--   Errors   limited_to_accounts, invalid_argument (name, role, accounts, expires_at),
--            api_key_exists
--
-- It takes no idempotency key, for the answer would have to be kept and the secret with it: whoever
-- has lost the answer finds that the name is taken, revokes it and makes another.
--
-- A * by itself would make a key that is limited to everything: it would be refused what is about
-- all accounts, and nobody would see why. A token has no other way to say that it is for all.
CREATE OR REPLACE FUNCTION bank.create_api_key(
    name text,
    role text,
    accounts text[] DEFAULT NULL,
    expires_at bigint DEFAULT NULL
)
RETURNS bank.api_key_created
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    -- 244 random bits; the server's generator is a cryptographic one.
    v_secret text := 'pgt_' || replace(gen_random_uuid()::text || gen_random_uuid(), '-', '');
    v_key ledger.api_keys;
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_api_key(name, role, accounts, expires_at);
    IF '*' = ANY(accounts) THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'accounts', 'value', '*',
            'expected', 'ids, or prefixes with a * at their end; leave it out for all accounts'
        ));
    END IF;
    INSERT INTO ledger.api_keys (name, role, accounts, secret_hash, created_at, expires_at)
    VALUES (
        create_api_key.name, create_api_key.role, create_api_key.accounts,
        sha256(convert_to(v_secret, 'UTF8')), engine.now(), create_api_key.expires_at
    )
    ON CONFLICT ON CONSTRAINT api_keys_pkey DO NOTHING
    RETURNING * INTO v_key;
    IF v_key.name IS NULL THEN
        PERFORM engine.refuse('api_key_exists', json_build_object('name', create_api_key.name));
    END IF;
    PERFORM engine.record_setting('create_api_key', engine.api_key_details(v_key));
    RETURN ROW(
        v_key.name, v_key.role, to_jsonb(v_key.accounts), v_secret, v_key.created_at,
        v_key.expires_at
    );
END;
$function$;

COMMENT ON FUNCTION bank.create_api_key(text, text, text[], bigint) IS
    'Let somebody in through a web server. With the secret of the key, which is shown now and '
    'never again, in each request: `Authorization: Bearer pgt_...`. What it may do is what the '
    'role of the database may; with `accounts` it sees no others. Its name stands in the log as '
    'the actor.';
REVOKE ALL ON FUNCTION bank.create_api_key(text, text, text[], bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.create_api_key(text, text, text[], bigint) TO bank_operator;
