-- block_account: stop both debits and credits of an account.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the status, one zero-amount leg with the reason
--   Locks    the account
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (reason),
--            account_not_found, idempotency_key_reused, invalid_timestamp, timestamp_in_past,
--            timestamp_in_future, account_closed, status_unchanged
--
-- Cashback promised before is the bank's own debt and is credited all the same.
CREATE OR REPLACE FUNCTION bank.block_account(
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
        block_account.account_id, 'blocked', 'block_account', reason,
        block_account."timestamp", metadata, idempotency_key
    );
END;
$function$;

COMMENT ON FUNCTION bank.block_account(text, text, bigint, jsonb, text) IS
    'Stop both debits and credits of an account. An active or a frozen one may be blocked. '
    'Cashback promised before is credited all the same.';
REVOKE ALL ON FUNCTION bank.block_account(text, text, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.block_account(text, text, bigint, jsonb, text) TO bank_operator;
