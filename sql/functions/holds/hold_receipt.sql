-- hold_receipt: what every step of a hold after its first answers.
--
--   Returns  one row made from the hold and its account, as they stand after the leg
CREATE OR REPLACE FUNCTION engine.hold_receipt(
    account ledger.accounts,
    hold ledger.holds,
    transaction_id bigint,
    amount bigint,
    released bigint,
    "timestamp" bigint
)
RETURNS bank.hold_receipt
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_receipt bank.hold_receipt;
BEGIN
    v_receipt := ROW(
        'hold' || hold.hold_number, transaction_id, hold.account_id, hold.target_account_id,
        amount, hold.captured, engine.refunded_of(hold), released,
        CASE WHEN hold.status = 'open' THEN hold.amount - hold.captured ELSE 0 END,
        hold.status, hold.expires_at, account.balance,
        account.balance - account.held + account.overdraft_limit, account.held,
        account.currency, hold_receipt."timestamp"
    );
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION engine.hold_receipt(
    ledger.accounts, ledger.holds, bigint, bigint, bigint, bigint
) IS 'Internal: the answer of every step of a hold after its first.';
REVOKE ALL ON FUNCTION engine.hold_receipt(
    ledger.accounts, ledger.holds, bigint, bigint, bigint, bigint
) FROM PUBLIC;
