-- _set_status: what freeze_account, block_account, unfreeze_account and close_account do.
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
CREATE OR REPLACE FUNCTION bank._set_status(
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
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts;
    v_timestamp bigint;
    v_details jsonb;
    v_request text;
    v_response json;
BEGIN
    PERFORM bank._check_request(1, metadata, idempotency_key);
    PERFORM bank._check_reason(reason);
    v_account := bank._lock_account(_set_status.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(reason, _set_status."timestamp", metadata)::text;
        v_response := bank._replay(v_account.account_id, idempotency_key, operation, v_request);
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.account, v_response);
        END IF;
    END IF;

    v_timestamp := bank._fix_timestamp(_set_status."timestamp", v_account.last_timestamp);
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := bank._settle_due(v_account, v_timestamp);
    END IF;

    IF v_account.status = 'closed' THEN
        PERFORM bank._refuse(
            'account_closed', json_build_object('account_id', v_account.account_id)
        );
    ELSIF v_account.status = _set_status.status THEN
        PERFORM bank._refuse('status_unchanged', json_build_object(
            'account_id', v_account.account_id, 'account_status', v_account.status
        ));
    ELSIF _set_status.status = 'closed' THEN
        PERFORM bank._refuse_closing(v_account);
    END IF;

    v_details := jsonb_build_object(
        'reason', reason, 'status', _set_status.status, 'previous_status', v_account.status
    );
    v_account.status := _set_status.status;
    RETURN bank._record_change(
        v_account, v_timestamp, operation, v_details, metadata, idempotency_key, v_request
    );
END;
$function$;

COMMENT ON FUNCTION bank._set_status(text, text, text, text, bigint, jsonb, text) IS
    'Internal: changes the status of an account and logs the reason.';
REVOKE ALL ON FUNCTION bank._set_status(text, text, text, text, bigint, jsonb, text) FROM PUBLIC;
