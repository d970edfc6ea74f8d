-- deposit: credit an account with money from outside.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   one leg, contra @external
--   Locks    the account
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, invalid_timestamp
--            (value_at), account_not_found, idempotency_key_reused, invalid_timestamp,
--            timestamp_in_past, timestamp_in_future, account_blocked, account_closed,
--            balance_limit_exceeded
CREATE OR REPLACE FUNCTION bank.deposit(
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
    v_transaction_id bigint;
    v_receipt bank.receipt;
BEGIN
    IF engine.is_plain(amount, metadata, idempotency_key, value_at) IS NOT TRUE THEN
        PERFORM engine.refuse_request(amount, metadata, idempotency_key, value_at);
    END IF;
    v := engine.prepare(
        deposit.account_id, NULL, deposit."timestamp", idempotency_key, 'deposit',
        CASE WHEN idempotency_key IS NOT NULL THEN json_build_object(
            'amount', amount, 'value_at', value_at, 'timestamp', deposit."timestamp",
            'metadata', metadata::text
        ) END
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.receipt, v.response);
    END IF;

    IF engine.check_credit(
        (v.account).status,
        (v.account).balance + (v.account).pending_cashback + (v.account).overdraft_limit, amount
    ) IS NOT NULL THEN
        PERFORM engine.refuse_credit(v.account, amount);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_receipt := ROW(
        v_transaction_id, (v.account).account_id, amount, (v.account).balance + amount,
        (v.account).balance + amount - (v.account).held + (v.account).overdraft_limit,
        (v.account).currency, v."timestamp"
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            (v.account).account_id, idempotency_key, 'deposit', v.request_hash,
            row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'deposit', amount, '@external', metadata, value_at
    );
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.deposit(text, bigint, bigint, bigint, jsonb, text) IS
    'Credit an account with money from outside.';
REVOKE ALL ON FUNCTION bank.deposit(text, bigint, bigint, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.deposit(text, bigint, bigint, bigint, jsonb, text) TO bank_teller;
