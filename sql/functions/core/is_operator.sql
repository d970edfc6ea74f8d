-- is_operator: whether the session acts as a member of bank_operator.
--
--   Returns  true or false
--
-- The caller is the role that the session acts as (SET ROLE, else its login), not bank_owner, as
-- which the function that asks is running.
CREATE OR REPLACE FUNCTION engine.is_operator()
RETURNS boolean
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN pg_has_role(
        coalesce(nullif(current_setting('role'), 'none'), session_user), 'bank_operator', 'MEMBER'
    );
END;
$function$;

COMMENT ON FUNCTION engine.is_operator() IS
    'Internal: whether the session acts as a member of bank_operator.';
REVOKE ALL ON FUNCTION engine.is_operator() FROM PUBLIC;
