-- set_status: what freeze_account, block_account, unfreeze_account and close_account do.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the status, one zero-amount leg with the reason
--   Locks    the account
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (reason),
--            account_not_found, idempotency_key_reused, invalid_timestamp, operator_required,
--            timestamp_in_past, account_closed, status_unchanged, and for a closing those of
--            _refuse_closing
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
    v_account ledger.accounts;
    v_timestamp bigint;
    v_details jsonb;
    v_request text;
    v_response json;
BEGIN
    PERFORM engine.check_request(1, metadata, idempotency_key);
    PERFORM engine.check_reason(reason);
    v_account := engine.lock_account(set_status.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(reason, set_status."timestamp", metadata)::text;
        v_response := engine.replay(v_account.account_id, idempotency_key, operation, v_request);
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.account, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(set_status."timestamp", v_account.last_timestamp);
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;

    IF v_account.status = 'closed' THEN
        PERFORM engine.refuse(
            'account_closed', json_build_object('account_id', v_account.account_id)
        );
    ELSIF v_account.status = set_status.status THEN
        PERFORM engine.refuse('status_unchanged', json_build_object(
            'account_id', v_account.account_id, 'account_status', v_account.status
        ));
    ELSIF set_status.status = 'closed' THEN
        PERFORM engine.refuse_closing(v_account);
    END IF;

    v_details := jsonb_build_object(
        'reason', reason, 'status', set_status.status, 'previous_status', v_account.status
    );
    v_account.status := set_status.status;
    RETURN engine.record_change(
        v_account, v_timestamp, operation, v_details, metadata, idempotency_key, v_request
    );
END;
$function$;

COMMENT ON FUNCTION engine.set_status(text, text, text, text, bigint, jsonb, text) IS
    'Internal: changes the status of an account and logs the reason.';
REVOKE ALL ON FUNCTION engine.set_status(text, text, text, text, bigint, jsonb, text) FROM PUBLIC;
