-- pay: debit an account for a purchase and promise its cashback.
--
--   Returns  the receipt, with payment_id and the promised cashback (NULL where it is zero)
--   Writes   a leg, contra @payments or the merchant; the merchant's leg; a leg for the fee, contra
--            @fees; ledger.payments; ledger.cashbacks where there is one
--   Locks    the account and the merchant, in byte order; a collecting merchant is not locked
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, invalid_argument (fee),
--            same_account, account_not_found (the first in byte order), idempotency_key_reused,
--            invalid_timestamp, operator_required, timestamp_in_past, currency_mismatch,
--            account_frozen, account_blocked, account_closed, insufficient_funds (of the payer, for
--            amount + fee), account_blocked, account_closed (of the merchant), invalid_timestamp
--            (the cashback would be due after 2^53-1 ms), balance_limit_exceeded (of the merchant)
CREATE OR REPLACE FUNCTION bank.pay(
    account_id text,
    amount bigint,
    merchant_account_id text DEFAULT NULL,
    fee bigint DEFAULT 0,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.payment_receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts;
    v_merchant ledger.accounts;
    v_timestamp bigint;
    v_transaction_id bigint;
    v_payment_number bigint;
    v_payment_id text;
    v_cashback ledger.cashbacks;
    v_request text;
    v_response json;
    v_receipt bank.payment_receipt;
BEGIN
    PERFORM engine.check_request(amount, metadata, idempotency_key);
    IF (fee BETWEEN 0 AND 9007199254740991 - amount) IS NOT TRUE THEN
        PERFORM engine.refuse(
            'invalid_argument', json_build_object('argument', 'fee', 'value', fee)
        );
    END IF;
    IF pay.account_id = merchant_account_id THEN
        PERFORM engine.refuse('same_account', json_build_object('account_id', pay.account_id));
    END IF;

    IF merchant_account_id < pay.account_id COLLATE "C" THEN
        v_merchant := engine.lock_credited(merchant_account_id);
    END IF;
    v_account := engine.lock_account(pay.account_id);
    IF merchant_account_id > pay.account_id COLLATE "C" THEN
        v_merchant := engine.lock_credited(merchant_account_id);
    END IF;

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(
            amount, merchant_account_id, fee, pay."timestamp", metadata
        )::text;
        v_response := engine.replay(v_account.account_id, idempotency_key, 'pay', v_request);
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.payment_receipt, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(
        pay."timestamp", greatest(v_account.last_timestamp, v_merchant.last_timestamp)
    );
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;
    IF NOT v_merchant.collecting
        AND least(v_merchant.next_cashback_due, v_merchant.next_hold_expiry) <= v_timestamp
    THEN
        v_merchant := engine.settle_due(v_merchant, v_timestamp);
    END IF;

    IF v_account.currency <> v_merchant.currency THEN
        PERFORM engine.refuse('currency_mismatch', json_build_object(
            'source_currency', v_account.currency, 'target_currency', v_merchant.currency
        ));
    END IF;
    IF v_account.status <> 'active'
        OR v_account.balance - v_account.held + v_account.overdraft_limit < amount + fee
    THEN
        PERFORM engine.refuse_debit(v_account, amount + fee);
    END IF;
    IF v_merchant.status IN ('blocked', 'closed') THEN
        PERFORM engine.refuse_credit(v_merchant);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_payment_number := nextval('ledger.payment_seq');
    v_payment_id := 'payment' || v_payment_number;
    INSERT INTO ledger.payments
        (account_id, payment_number, transaction_id, "timestamp", amount, fee, merchant_account_id)
    VALUES (
        v_account.account_id, v_payment_number, v_transaction_id, v_timestamp, amount, fee,
        merchant_account_id
    );
    v_cashback := engine.next_cashback(v_account, v_payment_number, amount, v_timestamp);
    IF v_cashback.amount > 0 THEN
        INSERT INTO ledger.cashbacks VALUES (v_cashback.*);
        v_account.pending_cashback := v_account.pending_cashback + v_cashback.amount;
        v_account.next_cashback_due := least(v_account.next_cashback_due, v_cashback.due_at);
        v_receipt.cashback := json_build_object(
            'amount', v_cashback.amount, 'due_at', v_cashback.due_at
        );
    END IF;

    v_account := engine.post_leg(
        v_account, v_transaction_id, v_timestamp, 'pay', -amount,
        coalesce(merchant_account_id, '@payments'), v_payment_id, NULL, metadata
    );
    IF fee > 0 THEN
        v_account := engine.post_leg(
            v_account, v_transaction_id, v_timestamp, 'fee', -fee, '@fees', v_payment_id
        );
    END IF;
    IF merchant_account_id IS NOT NULL THEN
        v_merchant := engine.credit(
            v_merchant, v_transaction_id, v_timestamp, 'pay', amount, v_account.account_id,
            v_payment_id, metadata
        );
    END IF;

    v_receipt.payment_id := v_payment_id;
    v_receipt.transaction_id := v_transaction_id;
    v_receipt.account_id := v_account.account_id;
    v_receipt.amount := amount;
    v_receipt.fee := fee;
    v_receipt.merchant_account_id := merchant_account_id;
    v_receipt.balance := v_account.balance;
    v_receipt.available := v_account.balance - v_account.held + v_account.overdraft_limit;
    v_receipt.currency := v_account.currency;
    v_receipt."timestamp" := v_timestamp;
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_account.account_id, idempotency_key, 'pay', v_request, row_to_json(v_receipt)
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.pay(text, bigint, text, bigint, bigint, jsonb, text) IS
    'Debits an account for a purchase, in favour of a merchant''s account or else of @payments, '
    'and promises cashback by the policy of its currency. amount: minor units, 1 to 2^53-1; fee: '
    'minor units, charged to the payer on top (contra @fees). timestamp: ms, operators only. '
    'Returns payment_id, the balance after it and cashback {amount, due_at}. Raises '
    'invalid_amount, invalid_argument, same_account, account_not_found, currency_mismatch, '
    'account_frozen, account_blocked, account_closed, insufficient_funds, balance_limit_exceeded '
    'and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.pay(text, bigint, text, bigint, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.pay(text, bigint, text, bigint, bigint, jsonb, text) TO bank_teller;
