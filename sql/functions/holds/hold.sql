-- hold: reserve money of an account, so that a later capture cannot fail for want of it.
--
--   Returns  the receipt, with hold_id; a repeat under the same key gets the first one again
--   Writes   ledger.holds, one zero-amount leg
--   Locks    the account; the target, which captures will credit, FOR KEY SHARE
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, same_account,
--            account_not_found, idempotency_key_reused, invalid_timestamp, timestamp_in_past,
--            timestamp_in_future, invalid_argument (expires_at is not later), account_not_found
--            (the target), currency_mismatch, account_closed (the target), account_frozen,
--            account_blocked, account_closed, insufficient_funds
CREATE OR REPLACE FUNCTION bank.hold(
    account_id text,
    amount bigint,
    expires_at bigint DEFAULT NULL,
    target_account_id text DEFAULT NULL,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.hold_receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v engine.parties;
    v_account ledger.accounts;
    v_transaction_id bigint;
    v_number bigint;
    v_receipt bank.hold_receipt;
BEGIN
    IF engine.is_plain(amount, metadata, idempotency_key, NULL) IS NOT TRUE THEN
        PERFORM engine.refuse_request(amount, metadata, idempotency_key);
    END IF;
    IF hold.account_id = target_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', hold.account_id));
    END IF;
    v := engine.prepare(
        hold.account_id, NULL, hold."timestamp", idempotency_key, 'hold',
        CASE WHEN idempotency_key IS NOT NULL THEN json_build_object(
            'amount', amount, 'expires_at', expires_at, 'target_account_id', target_account_id,
            'timestamp', hold."timestamp", 'metadata', metadata::text
        ) END
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.hold_receipt, v.response);
    END IF;

    v_account := v.account;
    IF expires_at IS NOT NULL THEN
        IF expires_at NOT BETWEEN v."timestamp" + 1 AND 9007199254740991 THEN
            PERFORM engine.refuse('invalid_argument', json_build_object(
                'argument', 'expires_at', 'value', expires_at, 'timestamp', v."timestamp",
                'expected', 'later than the timestamp, and at most 9007199254740991'
            ));
        END IF;
    END IF;
    IF target_account_id IS NOT NULL THEN
        PERFORM engine.refuse_target(v_account, target_account_id);
    END IF;
    IF engine.check_debit(
        v_account.status, v_account.balance - v_account.held + v_account.overdraft_limit, amount
    ) IS NOT NULL THEN
        PERFORM engine.refuse_debit(v_account, amount);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_number := nextval('ledger.hold_seq');
    v_receipt.hold_id := 'hold' || v_number;
    INSERT INTO ledger.holds (
        account_id, hold_number, transaction_id, created_at, expires_at, target_account_id,
        amount, metadata
    )
    VALUES (
        v_account.account_id, v_number, v_transaction_id, v."timestamp", hold.expires_at,
        hold.target_account_id, hold.amount, hold.metadata
    );
    v_account.held := v_account.held + amount;
    v_account.next_due_at := least(v_account.next_due_at, expires_at);
    v.account := v_account;
    v_receipt := ROW(
        v_receipt.hold_id, v_transaction_id, v_account.account_id, target_account_id, amount,
        0, 0, 0, amount, 'open', expires_at, v_account.balance,
        v_account.balance - v_account.held + v_account.overdraft_limit, v_account.held,
        v_account.currency, v."timestamp"
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            v_account.account_id, idempotency_key, 'hold', v.request_hash, row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'hold', 0,
        metadata => metadata,
        details => jsonb_build_object(
            'hold_id', v_receipt.hold_id, 'amount', amount, 'expires_at', expires_at,
            'target_account_id', target_account_id
        )
    );
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.hold(text, bigint, bigint, text, bigint, jsonb, text) IS
    'Reserve money of an account, so that a later capture cannot fail for want of it. What is '
    'available falls, the balance does not. Captures go to target_account_id, or out of the bank.';
REVOKE ALL ON FUNCTION bank.hold(text, bigint, bigint, text, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.hold(text, bigint, bigint, text, bigint, jsonb, text) TO bank_teller;
