-- freeze_account: stop the debits of an account; credits still arrive.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the status, one zero-amount leg with the reason
--   Locks    the account
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (reason),
--            account_not_found, idempotency_key_reused, invalid_timestamp, timestamp_in_past,
--            timestamp_in_future, account_closed, status_unchanged
--
-- A blocked account may be frozen too, which lets credits in again.
CREATE OR REPLACE FUNCTION bank.freeze_account(
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
        freeze_account.account_id, 'frozen', 'freeze_account', reason,
        freeze_account."timestamp", metadata, idempotency_key
    );
END;
$function$;

COMMENT ON FUNCTION bank.freeze_account(text, text, bigint, jsonb, text) IS
    'Stop the debits of an account; credits still arrive. An active or a blocked one may be '
    'frozen.';
REVOKE ALL ON FUNCTION bank.freeze_account(text, text, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.freeze_account(text, text, bigint, jsonb, text) TO bank_operator;
