-- set_overdraft_limit: say how far below zero an account may go.
--
--   Returns  the account; a repeat under the same key gets the first answer again
--   Writes   the limit, one zero-amount leg with the reason; nothing where the limit is that
--            already
--   Locks    the account
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (overdraft_limit, reason),
--            account_not_found, idempotency_key_reused, invalid_timestamp, timestamp_in_past,
--            timestamp_in_future, account_closed, overdraft_in_use, balance_limit_exceeded
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
    v engine.parties;
    v_account ledger.accounts;
    v_details jsonb;
BEGIN
    PERFORM engine.refuse_request(1, metadata, idempotency_key);
    IF (overdraft_limit BETWEEN 0 AND 9007199254740991) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'overdraft_limit', 'value', overdraft_limit,
            'expected', '0 to 9007199254740991'
        ));
    END IF;
    PERFORM engine.check_reason(reason);
    v := engine.prepare(
        set_overdraft_limit.account_id, NULL, set_overdraft_limit."timestamp", idempotency_key,
        'set_overdraft_limit', json_build_object(
            'overdraft_limit', overdraft_limit, 'reason', reason,
            'timestamp', set_overdraft_limit."timestamp", 'metadata', metadata::text
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
        IF engine.check_credit(
            'active', v_account.balance + v_account.pending_cashback + overdraft_limit, 0
        ) IS NOT NULL THEN
            v_account.status := 'active';  -- it is the limit that does not fit
            PERFORM engine.refuse_credit(v_account, 0);
        END IF;
    END IF;
    RETURN engine.record_change(
        v, v_account, 'set_overdraft_limit', v_details, metadata, idempotency_key
    );
END;
$function$;

COMMENT ON FUNCTION bank.set_overdraft_limit(text, bigint, text, bigint, jsonb, text) IS
    'Say how far below zero an account may go. Not below what is in use: the refusal tells how '
    'low is possible.';
REVOKE ALL ON FUNCTION bank.set_overdraft_limit(text, bigint, text, bigint, jsonb, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.set_overdraft_limit(text, bigint, text, bigint, jsonb, text)
TO bank_operator;
