-- withdraw: debit an account with money that leaves the bank.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   one leg, contra @external
--   Locks    the account
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, invalid_timestamp
--            (value_at), account_not_found, idempotency_key_reused, invalid_timestamp,
--            timestamp_in_past, timestamp_in_future, account_frozen, account_blocked,
--            account_closed, insufficient_funds
CREATE OR REPLACE FUNCTION bank.withdraw(
    account_id text,
    amount bigint,
    value_at bigint DEFAULT NULL,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v engine.parties;
    v_available bigint;
    v_transaction_id bigint;
    v_receipt bank.receipt;
BEGIN
    IF engine.is_plain(amount, metadata, idempotency_key, value_at) IS NOT TRUE THEN
        PERFORM engine.refuse_request(amount, metadata, idempotency_key, value_at);
    END IF;
    v := engine.prepare(
        withdraw.account_id, NULL, withdraw."timestamp", idempotency_key, 'withdraw',
        CASE WHEN idempotency_key IS NOT NULL THEN json_build_object(
            'amount', amount, 'value_at', value_at, 'timestamp', withdraw."timestamp",
            'metadata', metadata::text
        ) END
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.receipt, v.response);
    END IF;

    v_available := (v.account).balance - (v.account).held + (v.account).overdraft_limit;
    IF engine.check_debit((v.account).status, v_available, amount) IS NOT NULL THEN
        PERFORM engine.refuse_debit(v.account, amount);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_receipt := ROW(
        v_transaction_id, (v.account).account_id, amount, (v.account).balance - amount,
        v_available - amount, (v.account).currency, v."timestamp"
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            (v.account).account_id, idempotency_key, 'withdraw', v.request_hash,
            row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'withdraw', -amount, '@external', metadata, value_at
    );
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.withdraw(text, bigint, bigint, bigint, jsonb, text) IS
    'Debit an account with money that leaves the bank.';
REVOKE ALL ON FUNCTION bank.withdraw(text, bigint, bigint, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.withdraw(text, bigint, bigint, bigint, jsonb, text) TO bank_teller;
