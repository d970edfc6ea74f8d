-- vouch: what somebody may do whom another has vouched for.
--
--   Returns  a name that no key has, the role of the database to take, and the accounts; when it
--            ends the token says
--   Errors   invalid_argument (name, role, accounts)
--
-- It believes what it is told: whoever may set the role of a session may do all that it returns.
CREATE OR REPLACE FUNCTION bank.vouch(
    name text, role text, accounts text[] DEFAULT NULL
)
RETURNS bank.identity
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_identity bank.identity;
BEGIN
    IF (name <> '' AND length(name) <= 200 AND name !~ '[[:cntrl:]]') IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'name', 'value', left(name, 201),
            'expected', '1 to 200 characters, and no control characters'
        ));
    END IF;
    PERFORM engine.check_api_key('vouched', role, accounts, NULL);
    v_identity := ROW('token/' || name, role, engine.login_role(role), accounts, NULL);
    RETURN v_identity;
END;
$function$;

COMMENT ON FUNCTION bank.vouch(text, text, text[]) IS
    'What somebody may do whom another has vouched for. Web servers ask it of the claims of a '
    'token whose signature they have checked. The name in the log begins with `token/`, which '
    'the name of no key does.';
REVOKE ALL ON FUNCTION bank.vouch(text, text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.vouch(text, text, text[]) TO bank_teller, bank_auditor;
