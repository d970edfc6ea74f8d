-- on_behalf_of: whom the login says it acts for, in pgteller.on_behalf_of.
--
--   Returns  that name; NULL where it says nothing
--   Errors   invalid_argument (pgteller.on_behalf_of)
--
-- One expression, so that PostgreSQL puts it in the place of the call.
CREATE OR REPLACE FUNCTION engine.on_behalf_of()
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE WHEN current_setting('pgteller.on_behalf_of', true) <> ''
        THEN engine.checked_name(current_setting('pgteller.on_behalf_of', true))
    END
$function$;

COMMENT ON FUNCTION engine.on_behalf_of() IS
    'Internal: whom the login says it acts for; NULL where it says nothing.';
REVOKE ALL ON FUNCTION engine.on_behalf_of() FROM PUBLIC;
