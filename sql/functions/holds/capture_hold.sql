-- capture_hold: take money that a hold has reserved.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   a leg, contra the hold's target or @payments, which takes the amount and frees what is
--            not captured; the target's leg; ledger.holds
--   Locks    the account and the target, in byte order; a collecting target is not locked
--   Errors   hold_not_found, invalid_amount, invalid_metadata, invalid_idempotency_key,
--            invalid_argument (final), idempotency_key_reused, invalid_timestamp,
--            operator_required, timestamp_in_past, hold_captured, hold_released, hold_expired,
--            capture_exceeds_hold, account_blocked, account_closed (of the account, then of the
--            target), balance_limit_exceeded (of the target)
--
-- It asks for no funds: balance and held fall together, so what is available never falls. A frozen
-- account may be captured from: freezing stops new promises, this one was made before, and
-- somebody else has acted on it. Blocking stops this too.
CREATE OR REPLACE FUNCTION bank.capture_hold(
    hold_id text,
    amount bigint DEFAULT NULL,
    final boolean DEFAULT true,
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
    v_account ledger.accounts;
    v_target ledger.accounts;
    v_timestamp bigint;
    v_transaction_id bigint;
    v_amount bigint;
    v_released bigint := 0;
    v_request text;
    v_response json;
    v_receipt bank.hold_receipt;
BEGIN
    PERFORM engine.check_request(coalesce(amount, 1), metadata, idempotency_key);
    IF final IS NULL THEN
        PERFORM engine.refuse('invalid_argument', '{"argument": "final", "value": null}');
    END IF;

    IF v_hold.target_account_id < v_hold.account_id COLLATE "C" THEN
        v_target := engine.lock_credited(v_hold.target_account_id);
    END IF;
    v_account := engine.lock_account(v_hold.account_id);
    IF v_hold.target_account_id > v_hold.account_id COLLATE "C" THEN
        v_target := engine.lock_credited(v_hold.target_account_id);
    END IF;

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(
            capture_hold.hold_id, amount, final, capture_hold."timestamp", metadata
        )::text;
        v_response := engine.replay(
            v_account.account_id, idempotency_key, 'capture_hold', v_request
        );
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.hold_receipt, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(
        capture_hold."timestamp", greatest(v_account.last_timestamp, v_target.last_timestamp)
    );
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;
    IF NOT v_target.collecting
        AND least(v_target.next_cashback_due, v_target.next_hold_expiry) <= v_timestamp
    THEN
        v_target := engine.settle_due(v_target, v_timestamp);
    END IF;

    v_hold := engine.open_hold(v_account.account_id, v_hold.hold_number);
    v_amount := coalesce(amount, v_hold.amount - v_hold.captured);
    IF v_amount > v_hold.amount - v_hold.captured THEN
        PERFORM engine.refuse('capture_exceeds_hold', json_build_object(
            'hold_id', capture_hold.hold_id, 'remaining', v_hold.amount - v_hold.captured,
            'required', v_amount
        ));
    END IF;
    IF v_account.status IN ('blocked', 'closed') THEN
        PERFORM engine.refuse_credit(v_account);
    END IF;
    IF v_target.status IN ('blocked', 'closed') THEN
        PERFORM engine.refuse_credit(v_target);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_hold.captured := v_hold.captured + v_amount;
    v_account.held := v_account.held - v_amount;
    IF final OR v_hold.captured = v_hold.amount THEN
        v_released := v_hold.amount - v_hold.captured;
        v_account := engine.end_hold(v_account, v_hold, 'captured', v_timestamp);
        v_hold.status := 'captured';
    ELSE
        UPDATE ledger.holds AS h
        SET captured = v_hold.captured
        WHERE h.account_id = v_hold.account_id AND h.hold_number = v_hold.hold_number;
    END IF;

    v_account := engine.post_leg(
        v_account, v_transaction_id, v_timestamp, 'capture', -v_amount,
        coalesce(v_hold.target_account_id, '@payments'), NULL, NULL, metadata,
        engine.hold_details(v_hold, v_released)
    );
    IF v_hold.target_account_id IS NOT NULL THEN
        v_target := engine.credit(
            v_target, v_transaction_id, v_timestamp, 'capture', v_amount, v_account.account_id,
            NULL, metadata
        );
    END IF;

    v_receipt := engine.hold_receipt(v_account, v_hold, v_transaction_id, v_amount, v_released);
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_account.account_id, idempotency_key, 'capture_hold', v_request,
            row_to_json(v_receipt)
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.capture_hold(text, bigint, boolean, bigint, jsonb, text) IS
    'Takes what a hold has reserved: amount in minor units, NULL for all that is left. The rest '
    'is released, unless final is false: then it stays reserved for further captures. timestamp: '
    'ms, operators only. Returns what was captured, released and remains. Raises hold_not_found, '
    'invalid_amount, invalid_argument, hold_captured, hold_released, hold_expired, '
    'capture_exceeds_hold, account_blocked, account_closed, balance_limit_exceeded and the errors '
    'of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.capture_hold(text, bigint, boolean, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.capture_hold(text, bigint, boolean, bigint, jsonb, text)
TO bank_teller;
