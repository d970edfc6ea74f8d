-- refuse_credit: say why a locked account cannot be credited.
--
--   Errors   account_blocked, account_closed
--
-- Writers test `status IN ('blocked', 'closed')` in place and come here only when it holds.
CREATE OR REPLACE FUNCTION engine.refuse_credit(account ledger.accounts)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    PERFORM engine.refuse(
        'account_' || account.status, json_build_object('account_id', account.account_id)
    );
END;
$function$;

COMMENT ON FUNCTION engine.refuse_credit(ledger.accounts) IS
    'Internal: raises account_blocked or account_closed.';
REVOKE ALL ON FUNCTION engine.refuse_credit(ledger.accounts) FROM PUBLIC;
