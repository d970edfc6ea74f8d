-- refuse_closing: say what keeps a locked account from being closed, if anything does.
--
--   Errors   account_collecting, balance_not_zero, hold_open (of its own, or of another account and
--            to be captured to it), cashback_pending
CREATE OR REPLACE FUNCTION engine.refuse_closing(account ledger.accounts, "timestamp" bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_to_it bigint := (
        SELECT count(*)
        FROM ledger.holds AS h
        WHERE h.target_account_id = account.account_id
            AND h.status = 'open'
            AND coalesce(h.expires_at > refuse_closing."timestamp", true)
    );
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
    ELSIF v_to_it > 0 THEN
        PERFORM engine.refuse('hold_open', json_build_object(
            'account_id', account.account_id, 'holds_to_it', v_to_it
        ));
    ELSIF account.pending_cashback <> 0 THEN
        PERFORM engine.refuse('cashback_pending', json_build_object(
            'account_id', account.account_id,
            'pending_cashback', account.pending_cashback,
            'next_cashback_due', (
                SELECT min(p.cashback_due_at)
                FROM ledger.payments AS p
                WHERE p.account_id = account.account_id AND p.cashback_status = 'pending'
            )
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_closing(ledger.accounts, bigint) IS
    'Internal: raises account_collecting, balance_not_zero, hold_open or cashback_pending.';
REVOKE ALL ON FUNCTION engine.refuse_closing(ledger.accounts, bigint) FROM PUBLIC;
