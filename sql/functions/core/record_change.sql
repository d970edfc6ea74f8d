-- record_change: put a change of an account's status or settings on record.
--
--   Returns  the account as its readers see it
--   Writes   the account row as given and one zero-amount leg, unless details is NULL: there was
--            nothing to change; ledger.idempotency_keys for a key
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
--   Errors   balance_limit_exceeded (an overdraft limit that does not fit)
CREATE OR REPLACE FUNCTION engine.record_change(
    account ledger.accounts,
    "timestamp" bigint,
    operation text,
    details jsonb,
    metadata jsonb,
    idempotency_key text,
    request text
)
RETURNS bank.account
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_transaction_id bigint;
    v_shown bank.account;
BEGIN
    IF details IS NOT NULL THEN
        v_transaction_id := nextval('ledger.transaction_seq');
        account := engine.post_leg(
            account, v_transaction_id, record_change."timestamp", operation, 0,
            metadata => record_change.metadata, details => record_change.details
        );
    END IF;
    v_shown := engine.show_account(account);
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            account.account_id, idempotency_key, operation, request, row_to_json(v_shown)
        );
    END IF;
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION engine.record_change(
    ledger.accounts, bigint, text, jsonb, jsonb, text, text
) IS 'Internal: posts the zero-amount leg of a change and answers with the account.';
REVOKE ALL ON FUNCTION engine.record_change(
    ledger.accounts, bigint, text, jsonb, jsonb, text, text
) FROM PUBLIC;
