-- hold: reserve money of an account, so that a later capture cannot fail for want of it.
--
--   Returns  the receipt, with hold_id; a repeat under the same key gets the first one again
--   Writes   ledger.holds, one zero-amount leg
--   Locks    the account; the target, which captures will credit, is only looked at
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, same_account,
--            account_not_found, idempotency_key_reused, invalid_timestamp, operator_required,
--            timestamp_in_past, invalid_argument (expires_at is not later), account_not_found (the
--            target), currency_mismatch, account_closed (the target), account_frozen,
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
    v_account ledger.accounts;
    v_target ledger.accounts;
    v_hold ledger.holds;
    v_timestamp bigint;
    v_transaction_id bigint;
    v_request text;
    v_response json;
    v_receipt bank.hold_receipt;
BEGIN
    PERFORM engine.check_request(amount, metadata, idempotency_key);
    IF hold.account_id = target_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', hold.account_id));
    END IF;
    v_account := engine.lock_account(hold.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(
            amount, expires_at, target_account_id, hold."timestamp", metadata
        )::text;
        v_response := engine.replay(v_account.account_id, idempotency_key, 'hold', v_request);
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.hold_receipt, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(hold."timestamp", v_account.last_timestamp);
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;
    IF expires_at NOT BETWEEN v_timestamp + 1 AND 9007199254740991 THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'expires_at', 'value', expires_at, 'timestamp', v_timestamp
        ));
    END IF;
    IF target_account_id IS NOT NULL THEN
        v_target := engine.read_account(target_account_id);
        IF v_account.currency <> v_target.currency THEN
            PERFORM engine.refuse('currency_mismatch', json_build_object(
                'source_currency', v_account.currency, 'target_currency', v_target.currency
            ));
        END IF;
        IF v_target.status = 'closed' THEN  -- for ever, so no capture could succeed
            PERFORM engine.refuse_credit(v_target);
        END IF;
    END IF;
    IF v_account.status <> 'active'
        OR v_account.balance - v_account.held + v_account.overdraft_limit < amount
    THEN
        PERFORM engine.refuse_debit(v_account, amount);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_hold.account_id := v_account.account_id;
    v_hold.hold_number := nextval('ledger.hold_seq');
    v_hold.transaction_id := v_transaction_id;
    v_hold.created_at := v_timestamp;
    v_hold.expires_at := hold.expires_at;
    v_hold.target_account_id := hold.target_account_id;
    v_hold.amount := hold.amount;
    v_hold.captured := 0;
    v_hold.status := 'open';
    v_hold.metadata := hold.metadata;
    INSERT INTO ledger.holds VALUES (v_hold.*);

    v_account.held := v_account.held + amount;
    v_account.next_hold_expiry := least(v_account.next_hold_expiry, expires_at);
    v_account := engine.post_leg(
        v_account, v_transaction_id, v_timestamp, 'hold', 0,
        metadata => metadata,
        details => jsonb_build_object(
            'hold_id', 'hold' || v_hold.hold_number, 'amount', amount,
            'expires_at', expires_at, 'target_account_id', target_account_id
        )
    );

    v_receipt := engine.hold_receipt(v_account, v_hold, v_transaction_id, amount, 0);
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_account.account_id, idempotency_key, 'hold', v_request, row_to_json(v_receipt)
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.hold(text, bigint, bigint, text, bigint, jsonb, text) IS
    'Reserves an amount (minor units, 1 to 2^53-1): available falls, the balance does not. '
    'Captures go to target_account_id, else to @payments. It expires at expires_at (ms, later '
    'than the hold; NULL: never). timestamp: ms, operators only. Returns hold_id and what is '
    'available after it. Raises invalid_amount, invalid_argument, same_account, '
    'account_not_found, currency_mismatch, account_frozen, account_blocked, account_closed, '
    'insufficient_funds and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.hold(text, bigint, bigint, text, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.hold(text, bigint, bigint, text, bigint, jsonb, text) TO bank_teller;
