-- refuse_debit: raise what forbids to debit a locked account, if anything does.
--
--   Errors   account_frozen, account_blocked, account_closed, insufficient_funds
--
-- Writers ask engine.check_debit in place, which inlines, and come here only when it says so.
CREATE OR REPLACE FUNCTION engine.refuse_debit(account ledger.accounts, required bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_available bigint := account.balance - account.held + account.overdraft_limit;
    v_refusal text := engine.check_debit(account.status, v_available, required);
BEGIN
    IF v_refusal IS NOT NULL THEN
        PERFORM engine.refuse(
            v_refusal, engine.debit_detail(v_refusal, account.account_id, v_available, required)
        );
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_debit(ledger.accounts, bigint) IS
    'Internal: raises account_frozen, account_blocked, account_closed or insufficient_funds.';
REVOKE ALL ON FUNCTION engine.refuse_debit(ledger.accounts, bigint) FROM PUBLIC;
