-- authenticate: whose key a secret is.
--
--   Returns  its name and role, that of the database to take, the accounts that it is for, and
--            when it ends
--   Errors   invalid_api_key
--
-- It is asked for by hash, so that the secret stands in no statement and no log. Both sides are
-- hashes of what nobody can choose, so how long a comparison takes tells nothing of the secret.
CREATE OR REPLACE FUNCTION bank.authenticate(secret_sha256 text)
RETURNS bank.identity
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_identity bank.identity;
BEGIN
    IF secret_sha256 ~ '^[0-9a-f]{64}$' THEN
        SELECT k.name, k.role, engine.login_role(k.role), k.accounts, k.expires_at INTO v_identity
        FROM ledger.api_keys AS k
        WHERE k.secret_hash = decode(authenticate.secret_sha256, 'hex')
            AND k.revoked_at IS NULL
            AND (k.expires_at > engine.now()) IS NOT FALSE;
    END IF;
    IF v_identity.name IS NULL THEN
        PERFORM engine.refuse('invalid_api_key', '{}');
    END IF;
    RETURN v_identity;
END;
$function$;

COMMENT ON FUNCTION bank.authenticate(text) IS
    'Whose key a secret is. Given its SHA-256. Web servers ask, and have each statement of the key '
    'run as that role, with its name in `pgteller.on_behalf_of` and its accounts in '
    '`pgteller.accounts`; they may believe an answer for some seconds, but not beyond '
    '`expires_at`.';
REVOKE ALL ON FUNCTION bank.authenticate(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.authenticate(text) TO bank_teller, bank_auditor;
