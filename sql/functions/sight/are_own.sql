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
DECLARE
    v_id text;
BEGIN
    FOREACH v_id IN ARRAY account_ids LOOP
        IF engine.is_own(v_id) IS NOT TRUE THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END;
$function$;

COMMENT ON FUNCTION engine.are_own(text[]) IS
    'Internal: whether the caller is for all of some accounts.';
REVOKE ALL ON FUNCTION engine.are_own(text[]) FROM PUBLIC;
