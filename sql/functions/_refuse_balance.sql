-- _refuse_balance: say that an amount would lead an account's balance out of bounds.
--
--   Errors   balance_limit_exceeded
CREATE OR REPLACE FUNCTION bank._refuse_balance(account ledger.accounts, amount bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM bank._refuse('balance_limit_exceeded', json_build_object(
        'account_id', account.account_id,
        'balance', account.balance,
        'pending_cashback', account.pending_cashback,
        'overdraft_limit', account.overdraft_limit,
        'amount', amount
    ));
END;
$function$;

COMMENT ON FUNCTION bank._refuse_balance(ledger.accounts, bigint) IS
    'Internal: raises balance_limit_exceeded.';
REVOKE ALL ON FUNCTION bank._refuse_balance(ledger.accounts, bigint) FROM PUBLIC;
