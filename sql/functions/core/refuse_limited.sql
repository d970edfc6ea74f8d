-- refuse_limited: refuse what is about all accounts to who is for some alone.
--
--   Errors   limited_to_accounts
CREATE OR REPLACE FUNCTION engine.refuse_limited()
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF current_setting('pgteller.accounts', true) <> '' THEN
        PERFORM engine.refuse('limited_to_accounts', '{}');
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_limited() IS
    'Internal: raises limited_to_accounts where the caller is for some accounts alone.';
REVOKE ALL ON FUNCTION engine.refuse_limited() FROM PUBLIC;
