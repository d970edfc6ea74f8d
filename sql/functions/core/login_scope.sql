-- login_scope: whose a key is that belongs to no account: the login that calls.
--
--   Returns  '@login:' and the name of the login, and after a slash whom it acts for
--
-- Whoever comes in by an API key has keys of his own, and is answered nobody else's.
-- No account begins with @ but @ledger, and no house account has a colon. So whatever a login is
-- called, what is its own is neither an account's nor the house's. One expression, so that it
-- inlines.
CREATE OR REPLACE FUNCTION engine.login_scope()
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT '@login:' || session_user
        || coalesce('/' || nullif(current_setting('pgteller.on_behalf_of', true), ''), '')
$function$;

COMMENT ON FUNCTION engine.login_scope() IS
    'Internal: the owner of the keys of the login that calls.';
REVOKE ALL ON FUNCTION engine.login_scope() FROM PUBLIC;
