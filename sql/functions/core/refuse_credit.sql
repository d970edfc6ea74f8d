-- refuse_credit: raise what forbids to credit an account, if anything does.
--
--   Errors   account_blocked, account_closed, balance_limit_exceeded
--
-- Writers ask engine.check_credit in place, which inlines, and come here only when it says so.
CREATE OR REPLACE FUNCTION engine.refuse_credit(account ledger.accounts, amount bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_refusal text := engine.check_credit(
        account.status, account.balance + account.pending_cashback + account.overdraft_limit, amount
    );
BEGIN
    IF v_refusal = 'balance_limit_exceeded' THEN
        PERFORM engine.refuse(v_refusal, json_build_object(
            'account_id', account.account_id,
            'balance', account.balance,
            'pending_cashback', account.pending_cashback,
            'overdraft_limit', account.overdraft_limit,
            'amount', amount
        ));
    ELSIF v_refusal IS NOT NULL THEN
        PERFORM engine.refuse(v_refusal, json_build_object('account_id', account.account_id));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_credit(ledger.accounts, bigint) IS
    'Internal: raises account_blocked, account_closed or balance_limit_exceeded.';
REVOKE ALL ON FUNCTION engine.refuse_credit(ledger.accounts, bigint) FROM PUBLIC;
