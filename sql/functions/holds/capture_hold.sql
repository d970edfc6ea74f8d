-- capture_hold: take money that a hold has reserved.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   a leg, contra the hold's target or @payments, which takes the amount and frees what is
--            not captured; the target's leg; ledger.holds
--   Locks    the account and the target, in byte order; a collecting target FOR
--            KEY SHARE, so that nobody queues for it
--   Errors   hold_not_found, invalid_amount, invalid_metadata, invalid_idempotency_key,
--            invalid_timestamp (value_at), invalid_argument (final), idempotency_key_reused,
--            invalid_timestamp, timestamp_in_past, timestamp_in_future, hold_captured,
--            hold_released, hold_expired, capture_exceeds_hold, account_blocked, account_closed (of
--            the account, then of the target), balance_limit_exceeded (of the target)
--
-- It asks for no funds: balance and held fall together, so what is available never falls. A frozen
-- account may be captured from: freezing stops new promises, this one was made before, and
-- somebody else has acted on it. Blocking stops this too.
CREATE OR REPLACE FUNCTION bank.capture_hold(
    hold_id text,
    amount bigint DEFAULT NULL,
    final boolean DEFAULT true,
    value_at bigint DEFAULT NULL,
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
    v_hold ledger.holds := engine.read_hold(capture_hold.hold_id);
    v engine.parties;
    v_account ledger.accounts;
    v_transaction_id bigint;
    v_amount bigint;
    v_released bigint := 0;
    v_receipt bank.hold_receipt;
BEGIN
    PERFORM engine.refuse_request(coalesce(amount, 1), metadata, idempotency_key, value_at);
    IF final IS NULL THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'final', 'value', final, 'expected', 'true or false'
        ));
    END IF;
    v := engine.prepare(
        v_hold.account_id, v_hold.target_account_id, capture_hold."timestamp", idempotency_key,
        'capture_hold', json_build_object(
            'hold_id', capture_hold.hold_id, 'amount', amount, 'final', final,
            'value_at', value_at, 'timestamp', capture_hold."timestamp",
            'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.hold_receipt, v.response);
    END IF;

    v_hold := engine.open_hold(v_hold.hold_number);
    v_amount := coalesce(amount, v_hold.amount - v_hold.captured);
    IF v_amount > v_hold.amount - v_hold.captured THEN
        PERFORM engine.refuse('capture_exceeds_hold', json_build_object(
            'hold_id', capture_hold.hold_id, 'remaining', v_hold.amount - v_hold.captured,
            'required', v_amount
        ));
    END IF;
    v_account := v.account;
    -- Its own status as for a credit: blocking stops captures, freezing does not.
    PERFORM engine.refuse_credit(v_account, 0);
    IF v_hold.target_account_id IS NOT NULL THEN
        PERFORM engine.refuse_credit(v.other, v_amount);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_hold.captured := v_hold.captured + v_amount;
    IF final OR v_hold.captured = v_hold.amount THEN
        v_released := v_hold.amount - v_hold.captured;
        v_hold.status := 'captured';
        v_hold.closed_at := v."timestamp";
    END IF;
    UPDATE ledger.holds AS h
    SET captured = v_hold.captured,
        status = v_hold.status,
        closed_at = v_hold.closed_at,
        captures = h.captures || v_transaction_id
    WHERE h.hold_number = v_hold.hold_number;

    v_account.held := v_account.held - v_amount - v_released;
    v.account := v_account;
    v_account.balance := v_account.balance - v_amount;
    v_receipt := engine.hold_receipt(
        v_account, v_hold, v_transaction_id, v_amount, v_released, v."timestamp"
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            v_account.account_id, idempotency_key, 'capture_hold', v.request_hash,
            row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'capture', -v_amount,
        CASE WHEN v_hold.target_account_id IS NULL THEN '@payments' END, metadata, value_at,
        jsonb_build_object(
            'hold_id', capture_hold.hold_id, 'released', v_released,
            'final', v_hold.status = 'captured'
        )
    );
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.capture_hold(text, bigint, boolean, bigint, bigint, jsonb, text) IS
    'Take money that a hold has reserved. All that is left of it, unless an amount is given. It '
    'never fails for want of money. An account that is frozen by now may be captured from, one '
    'that is blocked may not.';
REVOKE ALL ON FUNCTION bank.capture_hold(text, bigint, boolean, bigint, bigint, jsonb, text)
FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.capture_hold(text, bigint, boolean, bigint, bigint, jsonb, text)
TO bank_teller;
