-- are_own: whether the caller is for all of some accounts.
--
--   Returns  true where engine.is_own says so of each
CREATE OR REPLACE FUNCTION engine.are_own(account_ids text[])
RETURNS boolean
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN NOT EXISTS (
        SELECT FROM unnest(account_ids) AS a (id) WHERE engine.is_own(a.id) IS NOT TRUE
    );
END;
$function$;

COMMENT ON FUNCTION engine.are_own(text[]) IS
    'Internal: whether the caller is for all of some accounts.';
REVOKE ALL ON FUNCTION engine.are_own(text[]) FROM PUBLIC;
