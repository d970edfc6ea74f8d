-- get_account: everything about one account.
--
--   Returns  the account, balances as of now
--   Errors   account_not_found
CREATE OR REPLACE FUNCTION bank.get_account(account_id text)
RETURNS bank.account
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN engine.show_account(engine.read_account(get_account.account_id));
END;
$function$;

COMMENT ON FUNCTION bank.get_account(text) IS
    'Everything about one account. Its balances as of now, its status and limits, version and '
    'head of its hash chain, metadata.';
REVOKE ALL ON FUNCTION bank.get_account(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.get_account(text) TO bank_teller, bank_auditor;
