-- is_own: whether an account is one of those that the caller is for.
--
--   Returns  true where pgteller.accounts names it, or names none at all
--
-- A web server sets pgteller.accounts for the statement of a request whose key is for some
-- accounts alone: an array of ids, and of prefixes with a * at their end. Whoever calls from SQL
-- only limits himself by it. One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.is_own(account_id text)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE WHEN current_setting('pgteller.accounts', true) <> ''
        THEN engine.is_among(account_id, current_setting('pgteller.accounts')::text[])
        ELSE true
    END
$function$;

COMMENT ON FUNCTION engine.is_own(text) IS
    'Internal: whether an account is one of those that the caller is for.';
REVOKE ALL ON FUNCTION engine.is_own(text) FROM PUBLIC;
