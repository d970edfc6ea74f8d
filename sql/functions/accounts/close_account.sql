-- close_account: close an account for ever.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the status, one zero-amount leg with the reason
--   Locks    the account
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (reason),
--            account_not_found, idempotency_key_reused, invalid_timestamp, timestamp_in_past,
--            timestamp_in_future, account_closed, account_collecting, balance_not_zero, hold_open,
--            cashback_pending
--
-- Only with nothing in it, nothing reserved and nothing promised, to it or by it: neither a hold of
-- its own nor one that is to be captured to it is open. An account that collects credits must stop
-- collecting first. Payments to it can still be refunded, see bank.refund_payment. Its history
-- stays, and its id is never given again.
CREATE OR REPLACE FUNCTION bank.close_account(
    account_id text,
    reason text,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.account
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN engine.set_status(
        close_account.account_id, 'closed', 'close_account', reason,
        close_account."timestamp", metadata, idempotency_key
    );
END;
$function$;

COMMENT ON FUNCTION bank.close_account(text, text, bigint, jsonb, text) IS
    'Close an account for ever. It must have a balance of zero, no open hold (nor be the target of '
    'one) and no pending cashback, and not be collecting. Its history stays, and its id is never '
    'given again. What was paid to it can still be refunded: by the bank.';
REVOKE ALL ON FUNCTION bank.close_account(text, text, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.close_account(text, text, bigint, jsonb, text) TO bank_operator;
