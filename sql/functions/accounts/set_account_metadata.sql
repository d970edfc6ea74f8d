-- set_account_metadata: replace the metadata of an account.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the metadata, one zero-amount leg with the old and the new; nothing where it is the
--            same
--   Locks    the account
--   Errors   invalid_metadata, invalid_idempotency_key, account_not_found, idempotency_key_reused,
--            invalid_timestamp, timestamp_in_past, timestamp_in_future
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
    v engine.parties;
    v_account ledger.accounts;
    v_details jsonb;
BEGIN
    -- NULL as the JSON null, which is refused as no object.
    PERFORM engine.refuse_request(1, coalesce(metadata, 'null'), idempotency_key);
    IF set_account_metadata.account_id = '@ledger' THEN
        PERFORM engine.refuse(
            'account_closed', json_build_object('account_id', set_account_metadata.account_id)
        );
    END IF;
    v := engine.prepare(
        set_account_metadata.account_id, NULL, set_account_metadata."timestamp", idempotency_key,
        'set_account_metadata', json_build_object(
            'metadata', metadata::text, 'timestamp', set_account_metadata."timestamp"
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN engine.with_head(json_populate_record(NULL::bank.account, v.response));
    END IF;

    v_account := v.account;
    IF metadata <> v_account.metadata THEN
        v_details := jsonb_build_object(
            'metadata', metadata, 'previous_metadata', v_account.metadata
        );
        v_account.metadata := metadata;
    END IF;
    RETURN engine.record_change(
        v, v_account, 'set_account_metadata', v_details, NULL, idempotency_key
    );
END;
$function$;

COMMENT ON FUNCTION bank.set_account_metadata(text, bigint, jsonb, text) IS
    'Replace the metadata of an account. All of it: nothing of what was there is kept. A closed '
    'account''s may be replaced too.';
REVOKE ALL ON FUNCTION bank.set_account_metadata(text, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.set_account_metadata(text, bigint, jsonb, text) TO bank_operator;
