-- show_account: an account as its readers see it.
--
--   Returns  the account, its balances as of now by the rule of engine.balance_at
CREATE OR REPLACE FUNCTION engine.show_account(account ledger.accounts)
RETURNS bank.account
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_balance bank.balance := engine.balance_at(
        account, greatest(engine.now(), account.last_timestamp)
    );
    v_shown bank.account;
BEGIN
    -- Assigned first: RETURN ROW does not take a domain for its base type.
    v_shown := ROW(
        account.account_id, account.currency, account.status, account.collecting,
        v_balance.balance, v_balance.available, v_balance.held, v_balance.pending_cashback,
        account.overdraft_limit,
        account.version, encode(account.head, 'hex'), account.last_timestamp,
        (
            SELECT min(p.cashback_due_at)
            FROM ledger.payments AS p
            WHERE p.account_id = account.account_id AND p.cashback_status = 'pending'
        ), account.created_at, account.metadata
    );
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION engine.show_account(ledger.accounts) IS
    'Internal: an account row as readers see it, balances as of now.';
REVOKE ALL ON FUNCTION engine.show_account(ledger.accounts) FROM PUBLIC;
