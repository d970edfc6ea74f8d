-- set_status: what freeze_account, block_account, unfreeze_account and close_account do.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the status, one zero-amount leg with the reason
--   Locks    the account; to close it FOR UPDATE, so that holds which name it as target are seen
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (reason, and for a closing
--            transaction_isolation), account_not_found, idempotency_key_reused, invalid_timestamp,
--            timestamp_in_past, timestamp_in_future, account_closed, status_unchanged, and for a
--            closing those of engine.refuse_closing
--
-- A change to the status that the account has already is refused: to answer it in silence would
-- drop its reason, to log it would tell of a change that was none.
CREATE OR REPLACE FUNCTION engine.set_status(
    account_id text,
    status text,
    operation text,
    reason text,
    "timestamp" bigint,
    metadata jsonb,
    idempotency_key text
)
RETURNS bank.account
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v engine.parties;
    v_account ledger.accounts;
    v_details jsonb;
BEGIN
    PERFORM engine.refuse_request(1, metadata, idempotency_key);
    PERFORM engine.check_reason(reason);
    IF set_status.status = 'closed' THEN
        PERFORM engine.refuse_snapshot();
    END IF;
    v := engine.prepare(
        set_status.account_id, NULL, set_status."timestamp", idempotency_key, operation,
        json_build_object(
            'reason', reason, 'timestamp', set_status."timestamp", 'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN engine.with_head(json_populate_record(NULL::bank.account, v.response));
    END IF;

    v_account := v.account;
    IF v_account.status = 'closed' THEN
        PERFORM engine.refuse(
            'account_closed', json_build_object('account_id', v_account.account_id)
        );
    ELSIF v_account.status = set_status.status THEN
        PERFORM engine.refuse('status_unchanged', json_build_object(
            'account_id', v_account.account_id, 'account_status', v_account.status
        ));
    ELSIF set_status.status = 'closed' THEN
        PERFORM engine.refuse_closing(v_account, least(v."timestamp", v.recorded_at));
        -- Whoever makes a hold that is to be captured to it has it FOR KEY SHARE.
        PERFORM FROM ledger.accounts AS a WHERE a.account_id = v_account.account_id FOR UPDATE;
        PERFORM engine.refuse_closing(v_account, least(v."timestamp", v.recorded_at));
    END IF;

    v_details := jsonb_build_object(
        'reason', reason, 'status', set_status.status, 'previous_status', v_account.status
    );
    v_account.status := set_status.status;
    RETURN engine.record_change(
        v, v_account, operation, v_details, metadata, idempotency_key
    );
END;
$function$;

COMMENT ON FUNCTION engine.set_status(text, text, text, text, bigint, jsonb, text) IS
    'Internal: changes the status of an account and logs the reason.';
REVOKE ALL ON FUNCTION engine.set_status(text, text, text, text, bigint, jsonb, text) FROM PUBLIC;
