-- api_key_details: what the leg that makes an API key says of it.
--
--   Returns  {name, role, accounts, created_at, expires_at, secret_sha256}
CREATE OR REPLACE FUNCTION engine.api_key_details(api_key ledger.api_keys)
RETURNS jsonb
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT jsonb_build_object(
        'name', (api_key).name, 'role', (api_key).role, 'accounts', (api_key).accounts,
        'created_at', (api_key).created_at, 'expires_at', (api_key).expires_at,
        'secret_sha256', encode((api_key).secret_hash, 'hex')
    )
$function$;

COMMENT ON FUNCTION engine.api_key_details(ledger.api_keys) IS
    'Internal: all that an API key was made with, for the details of its leg.';
REVOKE ALL ON FUNCTION engine.api_key_details(ledger.api_keys) FROM PUBLIC;
