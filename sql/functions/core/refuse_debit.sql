-- refuse_debit: say why a locked account cannot be debited.
--
--   Errors   account_frozen, account_blocked, account_closed, insufficient_funds
--
-- Writers test `status <> 'active' OR balance - held + overdraft_limit < amount` in place, which is
-- the whole rule, and come here only when it is broken.
CREATE OR REPLACE FUNCTION engine.refuse_debit(account ledger.accounts, amount bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF account.status <> 'active' THEN
        PERFORM engine.refuse(
            'account_' || account.status, json_build_object('account_id', account.account_id)
        );
    END IF;
    PERFORM engine.refuse('insufficient_funds', json_build_object(
        'account_id', account.account_id,
        'available', account.balance - account.held + account.overdraft_limit,
        'required', amount
    ));
END;
$function$;

COMMENT ON FUNCTION engine.refuse_debit(ledger.accounts, bigint) IS
    'Internal: raises account_frozen, account_blocked, account_closed or insufficient_funds.';
REVOKE ALL ON FUNCTION engine.refuse_debit(ledger.accounts, bigint) FROM PUBLIC;
