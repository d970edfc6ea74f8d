-- get_balance: what an account holds, now or at a moment.
--
--   Returns  balance, available, held and pending cashback; zeros before the account's opening
--   Errors   invalid_timestamp, account_not_found
CREATE OR REPLACE FUNCTION bank.get_balance(account_id text, "timestamp" bigint DEFAULT NULL)
RETURNS bank.balance
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts;
BEGIN
    PERFORM engine.check_timestamp(get_balance."timestamp");
    v_account := engine.read_account(get_balance.account_id);
    RETURN engine.balance_at(v_account, coalesce(
        get_balance."timestamp", greatest(engine.now(), v_account.last_timestamp)
    ));
END;
$function$;

COMMENT ON FUNCTION bank.get_balance(text, bigint) IS
    'Balance, available, held and pending_cashback (minor units) at timestamp (ms, default now). '
    'Cashback due by then counts even while unposted. Raises invalid_timestamp, account_not_found.';
REVOKE ALL ON FUNCTION bank.get_balance(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.get_balance(text, bigint) TO bank_teller, bank_auditor;
