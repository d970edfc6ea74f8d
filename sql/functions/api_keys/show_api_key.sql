-- show_api_key: an API key as callers see it.
--
--   Returns  the key without the hash of its secret
CREATE OR REPLACE FUNCTION engine.show_api_key(api_key ledger.api_keys)
RETURNS bank.api_key
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT ROW(
        (api_key).name, (api_key).role, to_jsonb((api_key).accounts), (api_key).created_at,
        (api_key).expires_at, (api_key).revoked_at
    )::bank.api_key
$function$;

COMMENT ON FUNCTION engine.show_api_key(ledger.api_keys) IS
    'Internal: an API key as callers see it.';
REVOKE ALL ON FUNCTION engine.show_api_key(ledger.api_keys) FROM PUBLIC;
