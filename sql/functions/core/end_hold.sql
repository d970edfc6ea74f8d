-- end_hold: end an open hold of a locked account: what it still reserved is reserved no more.
--
--   Returns  the account, held and next_hold_expiry as the caller's next leg has to store them
--   Writes   ledger.holds
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
--
-- hold: open, with what is captured of it by now; status: captured, released or expired.
CREATE OR REPLACE FUNCTION engine.end_hold(
    account ledger.accounts, hold ledger.holds, status text, closed_at bigint
)
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    UPDATE ledger.holds AS h
    SET captured = hold.captured,
        status = end_hold.status,
        closed_at = end_hold.closed_at
    WHERE h.account_id = hold.account_id AND h.hold_number = hold.hold_number;

    account.held := account.held - (hold.amount - hold.captured);
    IF hold.expires_at = account.next_hold_expiry THEN
        account.next_hold_expiry := (
            SELECT min(h.expires_at)
            FROM ledger.holds AS h
            WHERE h.account_id = account.account_id AND h.status = 'open'
        );
    END IF;
    RETURN account;
END;
$function$;

COMMENT ON FUNCTION engine.end_hold(ledger.accounts, ledger.holds, text, bigint) IS
    'Internal: ends a hold and frees what it still reserved.';
REVOKE ALL ON FUNCTION engine.end_hold(ledger.accounts, ledger.holds, text, bigint) FROM PUBLIC;
