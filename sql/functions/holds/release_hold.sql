-- release_hold: give up a hold; what it still reserves is available again.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   one zero-amount leg, ledger.holds
--   Locks    the account
--   Errors   hold_not_found, invalid_metadata, invalid_idempotency_key, idempotency_key_reused,
--            invalid_timestamp, timestamp_in_past, timestamp_in_future, hold_captured,
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
    v engine.parties;
    v_account ledger.accounts;
    v_transaction_id bigint;
    v_released bigint;
    v_receipt bank.hold_receipt;
BEGIN
    PERFORM engine.refuse_request(1, metadata, idempotency_key);
    v := engine.prepare(
        v_hold.account_id, NULL, release_hold."timestamp", idempotency_key, 'release_hold',
        json_build_object(
            'hold_id', release_hold.hold_id, 'timestamp', release_hold."timestamp",
            'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.hold_receipt, v.response);
    END IF;
    v_hold := engine.open_hold(v_hold.hold_number);

    v_transaction_id := nextval('ledger.transaction_seq');
    v_released := v_hold.amount - v_hold.captured;
    v_hold.status := 'released';
    UPDATE ledger.holds AS h
    SET status = 'released', closed_at = v."timestamp"
    WHERE h.hold_number = v_hold.hold_number;
    v_account := v.account;
    v_account.held := v_account.held - v_released;
    v.account := v_account;
    v_receipt := engine.hold_receipt(
        v_account, v_hold, v_transaction_id, v_released, v_released, v."timestamp"
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            v_account.account_id, idempotency_key, 'release_hold', v.request_hash,
            row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'release_hold', 0,
        metadata => metadata, details => jsonb_build_object(
            'hold_id', release_hold.hold_id, 'released', v_released
        )
    );
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.release_hold(text, bigint, jsonb, text) IS
    'Give up a hold; what it still reserves is available again. Whatever the status of the '
    'account.';
REVOKE ALL ON FUNCTION bank.release_hold(text, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.release_hold(text, bigint, jsonb, text) TO bank_teller;
