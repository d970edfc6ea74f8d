-- refuse_name: refuse the name of an account to be, if the caller is for others alone.
--
--   Errors   limited_to_accounts, with those that the caller is for
--
-- That there is none such (engine.refuse_foreign) is no answer to who wants to open it. It is the
-- caller's own list that is told, and nothing of which accounts there are.
CREATE OR REPLACE FUNCTION engine.refuse_name(account_id text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF NOT engine.is_own(account_id) THEN
        PERFORM engine.refuse('limited_to_accounts', json_build_object(
            'account_id', account_id,
            'accounts', current_setting('pgteller.accounts')::text[]
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_name(text) IS
    'Internal: refuses the name of an account to be, if the caller is for others alone.';
REVOKE ALL ON FUNCTION engine.refuse_name(text) FROM PUBLIC;
