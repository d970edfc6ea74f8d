-- set_overdraft_limit: say how far below zero an account may go.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the limit, one zero-amount leg with the reason; nothing where the limit is that
--            already
--   Locks    the account
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (overdraft_limit, reason),
--            account_not_found, idempotency_key_reused, invalid_timestamp, operator_required,
--            timestamp_in_past, account_closed, overdraft_in_use, balance_limit_exceeded
--
-- A limit below what the account has drawn and reserved is refused, so that available is never
-- negative and the second phase of a hold never overdraws; DETAIL says the lowest limit possible.
CREATE OR REPLACE FUNCTION bank.set_overdraft_limit(
    account_id text,
    overdraft_limit bigint,
    reason text,
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
    PERFORM engine.check_request(1, metadata, idempotency_key);
    IF (overdraft_limit BETWEEN 0 AND 9007199254740991) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'overdraft_limit', 'value', overdraft_limit
        ));
    END IF;
    PERFORM engine.check_reason(reason);
    v_account := engine.lock_account(set_overdraft_limit.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(
            overdraft_limit, reason, set_overdraft_limit."timestamp", metadata
        )::text;
        v_response := engine.replay(
            v_account.account_id, idempotency_key, 'set_overdraft_limit', v_request
        );
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.account, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(
        set_overdraft_limit."timestamp", v_account.last_timestamp
    );
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;

    IF v_account.status = 'closed' THEN
        PERFORM engine.refuse(
            'account_closed', json_build_object('account_id', v_account.account_id)
        );
    END IF;
    IF overdraft_limit < v_account.overdraft_limit
        AND v_account.balance - v_account.held + overdraft_limit < 0
    THEN
        PERFORM engine.refuse('overdraft_in_use', json_build_object(
            'account_id', v_account.account_id,
            'balance', v_account.balance,
            'held', v_account.held,
            'lowest', least(v_account.held - v_account.balance, v_account.overdraft_limit)
        ));
    END IF;

    IF overdraft_limit <> v_account.overdraft_limit THEN
        v_details := jsonb_build_object(
            'reason', reason, 'overdraft_limit', overdraft_limit,
            'previous_overdraft_limit', v_account.overdraft_limit
        );
        v_account.overdraft_limit := overdraft_limit;
    END IF;
    RETURN engine.record_change(
        v_account, v_timestamp, 'set_overdraft_limit', v_details, metadata, idempotency_key,
        v_request
    );
END;
$function$;

COMMENT ON FUNCTION bank.set_overdraft_limit(text, bigint, text, bigint, jsonb, text) IS
    'Sets how far below zero an account may go: minor units, 0 to 2^53-1, not below what is in '
    'use. reason: 1 to 500 characters. timestamp: ms. Raises account_not_found, account_closed, '
    'overdraft_in_use, balance_limit_exceeded, invalid_argument and the errors of timestamps and '
    'keys.';
REVOKE ALL ON FUNCTION bank.set_overdraft_limit(text, bigint, text, bigint, jsonb, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.set_overdraft_limit(text, bigint, text, bigint, jsonb, text)
TO bank_operator;
