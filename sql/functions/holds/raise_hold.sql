-- raise_hold: reserve more under a hold, and for longer.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   one zero-amount leg, ledger.holds
--   Locks    the account; the target so that it is not closed meanwhile
--   Errors   hold_not_found, invalid_amount, invalid_metadata, invalid_idempotency_key,
--            idempotency_key_reused, invalid_timestamp, timestamp_in_past, timestamp_in_future,
--            hold_captured, hold_released, hold_expired, invalid_argument (expires_at is earlier
--            than the end it has; amount is more than a hold has room for), account_closed (the
--            target), account_frozen, account_blocked, account_closed, insufficient_funds
--
-- What a new hold is asked is asked of what is added. Whoever goes by the hold may count on its
-- end, so it never comes earlier. The target may have been closed where the hold had run out by the
-- clock, and is raised as of a moment before.
CREATE OR REPLACE FUNCTION bank.raise_hold(
    hold_id text,
    amount bigint,
    expires_at bigint DEFAULT NULL,
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
    v_hold ledger.holds := engine.read_hold(raise_hold.hold_id);
    v engine.parties;
    v_account ledger.accounts;
    v_transaction_id bigint;
    v_receipt bank.hold_receipt;
BEGIN
    PERFORM engine.refuse_request(amount, metadata, idempotency_key);
    v := engine.prepare(
        v_hold.account_id, NULL, raise_hold."timestamp", idempotency_key, 'raise_hold',
        json_build_object(
            'hold_id', raise_hold.hold_id, 'amount', amount, 'expires_at', expires_at,
            'timestamp', raise_hold."timestamp", 'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.hold_receipt, v.response);
    END IF;

    v_hold := engine.open_hold(v_hold.hold_number);
    IF expires_at NOT BETWEEN coalesce(v_hold.expires_at, 9007199254740992) AND 9007199254740991
    THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'expires_at', 'value', expires_at, 'expires_at', v_hold.expires_at,
            'expected', coalesce(
                v_hold.expires_at || ', as it is, or later, and at most 9007199254740991',
                'left out, since the hold has no end'
            )
        ));
    ELSIF amount > 9007199254740991 - v_hold.amount THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'amount', 'value', amount,
            'expected', 'at most ' || 9007199254740991 - v_hold.amount || ', all that a hold takes'
        ));
    END IF;
    v_account := v.account;
    IF v_hold.target_account_id IS NOT NULL THEN
        PERFORM engine.refuse_target(v_account, v_hold.target_account_id);
    END IF;
    PERFORM engine.refuse_debit(v_account, amount);

    v_transaction_id := nextval('ledger.transaction_seq');
    v_hold.amount := v_hold.amount + raise_hold.amount;
    v_hold.expires_at := coalesce(raise_hold.expires_at, v_hold.expires_at);
    UPDATE ledger.holds AS h
    SET amount = v_hold.amount, expires_at = v_hold.expires_at
    WHERE h.hold_number = v_hold.hold_number;
    -- Its due time stays what it was, which is not too late: see ledger.accounts.next_due_at.
    v_account.held := v_account.held + amount;
    v.account := v_account;
    v_receipt := engine.hold_receipt(
        v_account, v_hold, v_transaction_id, amount, 0, v."timestamp"
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            v_account.account_id, idempotency_key, 'raise_hold', v.request_hash,
            row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'raise_hold', 0,
        metadata => metadata,
        details => jsonb_build_object(
            'hold_id', raise_hold.hold_id, 'amount', amount, 'expires_at', v_hold.expires_at
        )
    );
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.raise_hold(text, bigint, bigint, bigint, jsonb, text) IS
    'Reserve more under a hold, and for longer. The amount is added to what it reserves, if that '
    'much is available; its end, if it has one, may be put off.';
REVOKE ALL ON FUNCTION bank.raise_hold(text, bigint, bigint, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.raise_hold(text, bigint, bigint, bigint, jsonb, text)
TO bank_teller;
