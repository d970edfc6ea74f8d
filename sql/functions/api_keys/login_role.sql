-- login_role: the role of the database that a key of some role takes.
--
--   Returns  its name, NULL where there is none
CREATE OR REPLACE FUNCTION engine.login_role(role text)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT CASE login_role.role
        WHEN 'teller' THEN 'bank_teller'
        WHEN 'operator' THEN 'bank_operator'
        WHEN 'auditor' THEN 'bank_auditor'
    END
$function$;

COMMENT ON FUNCTION engine.login_role(text) IS
    'Internal: the role of the database that a key of some role takes.';
REVOKE ALL ON FUNCTION engine.login_role(text) FROM PUBLIC;
