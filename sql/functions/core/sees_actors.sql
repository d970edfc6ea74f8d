-- sees_actors: whether the session may know who posted what.
--
--   Returns  true for operators and auditors
--
-- It shows more, it allows nothing: what may be done is decided by EXECUTE alone.
CREATE OR REPLACE FUNCTION engine.sees_actors()
RETURNS boolean
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_role name := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
    RETURN pg_has_role(v_role, 'bank_operator', 'USAGE')
        OR pg_has_role(v_role, 'bank_auditor', 'USAGE');
END;
$function$;

COMMENT ON FUNCTION engine.sees_actors() IS
    'Internal: whether the session acts as an operator or an auditor.';
REVOKE ALL ON FUNCTION engine.sees_actors() FROM PUBLIC;
