-- refuse_closing: say what keeps a locked account from being closed, if anything does.
--
--   Errors   account_collecting, balance_not_zero, hold_open, cashback_pending
CREATE OR REPLACE FUNCTION engine.refuse_closing(account ledger.accounts)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    -- First, since what a collecting account is being paid right now cannot be known.
    IF account.collecting THEN
        PERFORM engine.refuse(
            'account_collecting', json_build_object('account_id', account.account_id)
        );
    ELSIF account.balance <> 0 THEN
        PERFORM engine.refuse('balance_not_zero', json_build_object(
            'account_id', account.account_id, 'balance', account.balance
        ));
    ELSIF account.held <> 0 THEN
        PERFORM engine.refuse('hold_open', json_build_object(
            'account_id', account.account_id, 'held', account.held
        ));
    ELSIF account.pending_cashback <> 0 THEN
        PERFORM engine.refuse('cashback_pending', json_build_object(
            'account_id', account.account_id,
            'pending_cashback', account.pending_cashback,
            'next_cashback_due', (
                SELECT min(c.due_at)
                FROM ledger.cashbacks AS c
                WHERE c.account_id = account.account_id AND c.status = 'pending'
            )
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_closing(ledger.accounts) IS
    'Internal: raises account_collecting, balance_not_zero, hold_open or cashback_pending.';
REVOKE ALL ON FUNCTION engine.refuse_closing(ledger.accounts) FROM PUBLIC;
