-- withdraw: debit an account with money that leaves the bank.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   one leg, contra @external
--   Locks    the account
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, account_not_found,
--            idempotency_key_reused, invalid_timestamp, operator_required, timestamp_in_past,
--            account_frozen, account_blocked, account_closed, insufficient_funds
CREATE OR REPLACE FUNCTION bank.withdraw(
    account_id text,
    amount bigint,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts;
    v_timestamp bigint;
    v_transaction_id bigint;
    v_request text;
    v_response json;
    v_receipt bank.receipt;
BEGIN
    PERFORM engine.check_request(amount, metadata, idempotency_key);
    v_account := engine.lock_account(withdraw.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(amount, withdraw."timestamp", metadata)::text;
        v_response := engine.replay(v_account.account_id, idempotency_key, 'withdraw', v_request);
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.receipt, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(withdraw."timestamp", v_account.last_timestamp);
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;
    IF v_account.status <> 'active'
        OR v_account.balance - v_account.held + v_account.overdraft_limit < amount
    THEN
        PERFORM engine.refuse_debit(v_account, amount);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_account := engine.post_leg(
        v_account, v_transaction_id, v_timestamp, 'withdraw', -amount, '@external', NULL, NULL,
        metadata
    );

    v_receipt := engine.receipt(v_account, v_transaction_id, amount);
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_account.account_id, idempotency_key, 'withdraw', v_request, row_to_json(v_receipt)
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.withdraw(text, bigint, bigint, jsonb, text) IS
    'Debits an account with money that leaves the bank (contra @external). amount: minor units, 1 '
    'to 2^53-1. timestamp: ms, operators only. Returns transaction_id and the balance after it. '
    'Raises invalid_amount, account_not_found, account_frozen, account_blocked, account_closed, '
    'insufficient_funds and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.withdraw(text, bigint, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.withdraw(text, bigint, bigint, jsonb, text) TO bank_teller;
