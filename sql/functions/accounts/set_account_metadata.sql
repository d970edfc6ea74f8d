-- set_account_metadata: replace the metadata of an account.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the metadata, one zero-amount leg with the old and the new; nothing where it is the
--            same
--   Locks    the account
--   Errors   invalid_metadata, invalid_idempotency_key, account_not_found,
--            idempotency_key_reused, invalid_timestamp, operator_required, timestamp_in_past
--
-- The whole of it is replaced: two who each change a part would otherwise merge into what neither
-- has seen. The argument is the account's metadata; the leg has none of its own, the old and the
-- new stand in its details. A closed account's metadata may be changed too: no money moves.
CREATE OR REPLACE FUNCTION bank.set_account_metadata(
    account_id text,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.account
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts;
    v_timestamp bigint;
    v_details jsonb;
    v_request text;
    v_response json;
BEGIN
    -- NULL as the JSON null, which is refused as no object.
    PERFORM engine.check_request(1, coalesce(metadata, 'null'), idempotency_key);
    v_account := engine.lock_account(set_account_metadata.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(metadata, set_account_metadata."timestamp")::text;
        v_response := engine.replay(
            v_account.account_id, idempotency_key, 'set_account_metadata', v_request
        );
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.account, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(
        set_account_metadata."timestamp", v_account.last_timestamp
    );
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;

    IF metadata <> v_account.metadata THEN
        v_details := jsonb_build_object(
            'metadata', metadata, 'previous_metadata', v_account.metadata
        );
        v_account.metadata := metadata;
    END IF;
    RETURN engine.record_change(
        v_account, v_timestamp, 'set_account_metadata', v_details, NULL, idempotency_key, v_request
    );
END;
$function$;

COMMENT ON FUNCTION bank.set_account_metadata(text, bigint, jsonb, text) IS
    'Replaces the metadata of an account, a JSON object of at most 16384 bytes. timestamp: ms. '
    'Raises invalid_metadata, account_not_found and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.set_account_metadata(text, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.set_account_metadata(text, bigint, jsonb, text) TO bank_operator;
