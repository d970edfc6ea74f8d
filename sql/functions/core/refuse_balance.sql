-- refuse_balance: say that an amount would lead an account's balance out of bounds.
--
--   Errors   balance_limit_exceeded
CREATE OR REPLACE FUNCTION engine.refuse_balance(account ledger.accounts, amount bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    PERFORM engine.refuse('balance_limit_exceeded', json_build_object(
        'account_id', account.account_id,
        'balance', account.balance,
        'pending_cashback', account.pending_cashback,
        'overdraft_limit', account.overdraft_limit,
        'amount', amount
    ));
END;
$function$;

COMMENT ON FUNCTION engine.refuse_balance(ledger.accounts, bigint) IS
    'Internal: raises balance_limit_exceeded.';
REVOKE ALL ON FUNCTION engine.refuse_balance(ledger.accounts, bigint) FROM PUBLIC;
