-- release_hold: give up a hold; what it still reserves is available again.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   one zero-amount leg, ledger.holds
--   Locks    the account
--   Errors   hold_not_found, invalid_metadata, invalid_idempotency_key, idempotency_key_reused,
--            invalid_timestamp, operator_required, timestamp_in_past, hold_captured,
--            hold_released, hold_expired
--
-- Whatever the status of the account: it moves no money.
CREATE OR REPLACE FUNCTION bank.release_hold(
    hold_id text,
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
    v_hold ledger.holds := engine.read_hold(release_hold.hold_id);
    v_account ledger.accounts;
    v_timestamp bigint;
    v_transaction_id bigint;
    v_released bigint;
    v_request text;
    v_response json;
    v_receipt bank.hold_receipt;
BEGIN
    PERFORM engine.check_request(1, metadata, idempotency_key);
    v_account := engine.lock_account(v_hold.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(release_hold.hold_id, release_hold."timestamp", metadata)::text;
        v_response := engine.replay(
            v_account.account_id, idempotency_key, 'release_hold', v_request
        );
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.hold_receipt, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(release_hold."timestamp", v_account.last_timestamp);
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;
    v_hold := engine.open_hold(v_account.account_id, v_hold.hold_number);

    v_transaction_id := nextval('ledger.transaction_seq');
    v_released := v_hold.amount - v_hold.captured;
    v_account := engine.end_hold(v_account, v_hold, 'released', v_timestamp);
    v_hold.status := 'released';
    v_account := engine.post_leg(
        v_account, v_transaction_id, v_timestamp, 'release_hold', 0,
        metadata => metadata, details => engine.hold_details(v_hold, v_released)
    );

    v_receipt := engine.hold_receipt(v_account, v_hold, v_transaction_id, v_released, v_released);
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_account.account_id, idempotency_key, 'release_hold', v_request,
            row_to_json(v_receipt)
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.release_hold(text, bigint, jsonb, text) IS
    'Ends a hold; what it still reserved is available again, whatever the status of the account. '
    'timestamp: ms, operators only. Raises hold_not_found, hold_captured, hold_released, '
    'hold_expired and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.release_hold(text, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.release_hold(text, bigint, jsonb, text) TO bank_teller;
