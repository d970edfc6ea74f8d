-- transfer: move money between two customer accounts of one currency.
--
--   Returns  the receipt, with the source's balance; a repeat under the same key gets the first one
--   Writes   two legs with one transaction_id, each naming the other account as contra
--   Locks    both accounts, in byte order of account_id, so that opposite transfers queue; a
--            collecting target is not locked, so that nobody queues for it
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, same_account,
--            account_not_found (the first in byte order), idempotency_key_reused,
--            invalid_timestamp, operator_required, timestamp_in_past, currency_mismatch,
--            account_frozen, account_blocked, account_closed, insufficient_funds (of the source),
--            account_blocked, account_closed, balance_limit_exceeded (of the target)
CREATE OR REPLACE FUNCTION bank.transfer(
    source_account_id text,
    target_account_id text,
    amount bigint,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.transfer_receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_source ledger.accounts;
    v_target ledger.accounts;
    v_timestamp bigint;
    v_transaction_id bigint;
    v_request text;
    v_response json;
    v_receipt bank.transfer_receipt;
BEGIN
    PERFORM engine.check_request(amount, metadata, idempotency_key);
    IF source_account_id = target_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', source_account_id));
    END IF;

    IF source_account_id < target_account_id COLLATE "C" THEN
        v_source := engine.lock_account(source_account_id);
        v_target := engine.lock_credited(target_account_id);
    ELSE
        v_target := engine.lock_credited(target_account_id);
        v_source := engine.lock_account(source_account_id);
    END IF;

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(target_account_id, amount, transfer."timestamp", metadata)::text;
        v_response := engine.replay(v_source.account_id, idempotency_key, 'transfer', v_request);
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.transfer_receipt, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(
        transfer."timestamp", greatest(v_source.last_timestamp, v_target.last_timestamp)
    );
    IF least(v_source.next_cashback_due, v_source.next_hold_expiry) <= v_timestamp THEN
        v_source := engine.settle_due(v_source, v_timestamp);
    END IF;
    IF NOT v_target.collecting
        AND least(v_target.next_cashback_due, v_target.next_hold_expiry) <= v_timestamp
    THEN
        v_target := engine.settle_due(v_target, v_timestamp);
    END IF;

    IF v_source.currency <> v_target.currency THEN
        PERFORM engine.refuse('currency_mismatch', json_build_object(
            'source_currency', v_source.currency, 'target_currency', v_target.currency
        ));
    END IF;
    IF v_source.status <> 'active'
        OR v_source.balance - v_source.held + v_source.overdraft_limit < amount
    THEN
        PERFORM engine.refuse_debit(v_source, amount);
    END IF;
    IF v_target.status IN ('blocked', 'closed') THEN
        PERFORM engine.refuse_credit(v_target);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_source := engine.post_leg(
        v_source, v_transaction_id, v_timestamp, 'transfer', -amount, target_account_id,
        NULL, NULL, metadata
    );
    v_target := engine.credit(
        v_target, v_transaction_id, v_timestamp, 'transfer', amount, source_account_id,
        NULL, metadata
    );

    v_receipt := ROW(
        v_transaction_id, source_account_id, target_account_id, amount, v_source.balance,
        v_source.balance - v_source.held + v_source.overdraft_limit, v_source.currency, v_timestamp
    );
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_source.account_id, idempotency_key, 'transfer', v_request, row_to_json(v_receipt)
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.transfer(text, text, bigint, bigint, jsonb, text) IS
    'Moves money between two accounts of one currency. amount: minor units, 1 to 2^53-1. '
    'timestamp: ms, operators only. Returns transaction_id and the source''s balance after it. '
    'Raises invalid_amount, same_account, account_not_found, currency_mismatch, account_frozen, '
    'account_blocked, account_closed, insufficient_funds, balance_limit_exceeded and the errors '
    'of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.transfer(text, text, bigint, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.transfer(text, text, bigint, bigint, jsonb, text) TO bank_teller;
