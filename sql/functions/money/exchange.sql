-- exchange: sell money of one currency for money of another.
--
--   Returns  the receipt, with the source's balance; a repeat under the same key gets the first one
--   Writes   two legs with one transaction_id, both contra @exchange; the house takes the one
--            currency and gives the other, so that the books of each sum to zero by themselves
--   Locks    both accounts, in byte order of account_id
--   Errors   invalid_amount (amount, target_amount), invalid_metadata, invalid_idempotency_key,
--            same_account, account_not_found (the first in byte order), idempotency_key_reused,
--            invalid_timestamp, operator_required, timestamp_in_past, same_currency,
--            account_frozen, account_blocked, account_closed, insufficient_funds (of the source),
--            account_blocked, account_closed, balance_limit_exceeded (of the target)
--
-- The caller gives both amounts: they are the exact rate, and how it was rounded to minor units is
-- his decision. The rate is written down with them for people, in major units. Operators only: who
-- names both amounts names the price.
CREATE OR REPLACE FUNCTION bank.exchange(
    source_account_id text,
    target_account_id text,
    amount bigint,
    target_amount bigint,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.exchange_receipt
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
    v_rate text;
    v_details jsonb;
    v_request text;
    v_response json;
    v_receipt bank.exchange_receipt;
BEGIN
    PERFORM engine.check_request(amount, metadata, idempotency_key);
    IF (target_amount BETWEEN 1 AND 9007199254740991) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_amount', json_build_object('target_amount', target_amount));
    END IF;
    IF source_account_id = target_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', source_account_id));
    END IF;

    -- A collecting target is locked too: details do not go through ledger.collected_credits.
    IF source_account_id < target_account_id COLLATE "C" THEN
        v_source := engine.lock_account(source_account_id);
        v_target := engine.lock_account(target_account_id);
    ELSE
        v_target := engine.lock_account(target_account_id);
        v_source := engine.lock_account(source_account_id);
    END IF;

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(
            target_account_id, amount, target_amount, exchange."timestamp", metadata
        )::text;
        v_response := engine.replay(v_source.account_id, idempotency_key, 'exchange', v_request);
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.exchange_receipt, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(
        exchange."timestamp", greatest(v_source.last_timestamp, v_target.last_timestamp)
    );
    IF least(v_source.next_cashback_due, v_source.next_hold_expiry) <= v_timestamp THEN
        v_source := engine.settle_due(v_source, v_timestamp);
    END IF;
    IF least(v_target.next_cashback_due, v_target.next_hold_expiry) <= v_timestamp THEN
        v_target := engine.settle_due(v_target, v_timestamp);
    END IF;

    IF v_source.currency = v_target.currency THEN
        PERFORM engine.refuse('same_currency', json_build_object('currency', v_source.currency));
    END IF;
    IF v_source.status <> 'active'
        OR v_source.balance - v_source.held + v_source.overdraft_limit < amount
    THEN
        PERFORM engine.refuse_debit(v_source, amount);
    END IF;
    IF v_target.status IN ('blocked', 'closed') THEN
        PERFORM engine.refuse_credit(v_target);
    END IF;

    v_rate := engine.exchange_rate(amount, v_source.currency, target_amount, v_target.currency);
    v_details := jsonb_build_object(
        'source_account_id', source_account_id, 'source_currency', v_source.currency,
        'source_amount', amount, 'target_account_id', target_account_id,
        'target_currency', v_target.currency, 'target_amount', target_amount, 'rate', v_rate
    );
    v_transaction_id := nextval('ledger.transaction_seq');
    v_source := engine.post_leg(
        v_source, v_transaction_id, v_timestamp, 'exchange', -amount, '@exchange', NULL, NULL,
        metadata, v_details
    );
    v_target := engine.post_leg(
        v_target, v_transaction_id, v_timestamp, 'exchange', target_amount, '@exchange', NULL, NULL,
        metadata, v_details
    );

    v_receipt := ROW(
        v_transaction_id, source_account_id, target_account_id, amount, v_source.currency,
        target_amount, v_target.currency, v_rate, v_source.balance,
        v_source.balance - v_source.held + v_source.overdraft_limit, v_timestamp
    );
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_source.account_id, idempotency_key, 'exchange', v_request, row_to_json(v_receipt)
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.exchange(text, text, bigint, bigint, bigint, jsonb, text) IS
    'Debits amount in the source''s currency and credits target_amount in the target''s, both '
    'minor units, 1 to 2^53-1, through the house position @exchange of each currency. timestamp: '
    'ms. Returns transaction_id, the rate (decimal text, major units) and the source''s balance '
    'after it. Raises invalid_amount, same_account, account_not_found, same_currency, '
    'account_frozen, account_blocked, account_closed, insufficient_funds, balance_limit_exceeded '
    'and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.exchange(text, text, bigint, bigint, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.exchange(text, text, bigint, bigint, bigint, jsonb, text)
TO bank_operator;
