-- pay: debit an account for a purchase and promise its cashback.
--
--   Returns  the receipt, with payment_id and the promised cashback (NULL where it is zero)
--   Writes   a leg, contra @payments or the merchant; the merchant's leg; a leg for the fee, contra
--            @fees; ledger.payments, with the cashback where there is one
--   Locks    the account and the merchant, in byte order; a collecting merchant FOR KEY
--            SHARE, so that nobody queues for it
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, invalid_timestamp
--            (value_at), invalid_argument (fee), same_account, account_not_found (the first in byte
--            order), idempotency_key_reused, invalid_timestamp, timestamp_in_past,
--            timestamp_in_future, currency_mismatch, account_frozen, account_blocked,
--            account_closed, insufficient_funds (of the payer, for amount + fee), account_blocked,
--            account_closed, balance_limit_exceeded (of the merchant), invalid_timestamp (the
--            cashback would be due after 2^53-1 ms)
CREATE OR REPLACE FUNCTION bank.pay(
    account_id text,
    amount bigint,
    merchant_account_id text DEFAULT NULL,
    fee bigint DEFAULT 0,
    value_at bigint DEFAULT NULL,
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
    v engine.parties;
    v_account ledger.accounts;
    v_required bigint;
    v_transaction_id bigint;
    v_number bigint;
    v_rate_bps integer;
    v_max_amount bigint;
    v_cashback bigint;
    v_due_at bigint;
    v_receipt bank.payment_receipt;
BEGIN
    IF engine.is_plain(amount, metadata, idempotency_key, value_at) IS NOT TRUE THEN
        PERFORM engine.refuse_request(amount, metadata, idempotency_key, value_at);
    END IF;
    IF (fee = 0 AND merchant_account_id IS NULL) IS NOT TRUE THEN
        PERFORM engine.refuse_payment(pay.account_id, merchant_account_id, amount, fee);
    END IF;
    v_required := amount + fee;
    v := engine.prepare(
        pay.account_id, merchant_account_id, pay."timestamp", idempotency_key, 'pay',
        CASE WHEN idempotency_key IS NOT NULL THEN json_build_object(
            'amount', amount, 'merchant_account_id', merchant_account_id, 'fee', fee,
            'value_at', value_at, 'timestamp', pay."timestamp", 'metadata', metadata::text
        ) END
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.payment_receipt, v.response);
    END IF;

    IF engine.check_parties(v, v_required, amount) IS NOT NULL THEN
        PERFORM engine.refuse_parties(v, v_required, amount);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_number := nextval('ledger.payment_seq');
    v_account := v.account;
    v_receipt.payment_id := 'payment' || v_number;
    SELECT
        c.rate_bps, c.max_amount, engine.cashback_for(pay.amount, c.rate_bps, c.max_amount),
        v."timestamp" + c.delay_ms
    INTO v_rate_bps, v_max_amount, v_cashback, v_due_at
    FROM ledger.cashback_policies AS c
    WHERE c.currency = v_account.currency;
    IF v_cashback > 0 THEN
        IF v_due_at > 9007199254740991 THEN
            PERFORM engine.check_timestamp(v_due_at);
        END IF;
        v_account.pending_cashback := v_account.pending_cashback + v_cashback;
        v_account.next_due_at := least(v_account.next_due_at, v_due_at);
        v.account := v_account;
        v_receipt.cashback := json_build_object('amount', v_cashback, 'due_at', v_due_at);
    ELSE
        v_due_at := NULL;
        v_rate_bps := NULL;
        v_max_amount := NULL;
    END IF;
    INSERT INTO ledger.payments (
        payment_number, account_id, transaction_id, "timestamp", amount, fee, merchant_account_id,
        rate_bps, max_amount, promised, cashback, cashback_due_at, cashback_status
    )
    VALUES (
        v_number, v_account.account_id, v_transaction_id, v."timestamp", pay.amount, pay.fee,
        pay.merchant_account_id, v_rate_bps, v_max_amount, coalesce(v_cashback, 0),
        coalesce(v_cashback, 0), v_due_at,
        CASE WHEN v_receipt.cashback IS NOT NULL THEN 'pending' END
    );
    v_receipt := ROW(
        v_receipt.payment_id, v_transaction_id, v_account.account_id, amount, fee,
        merchant_account_id, v_account.balance - v_required,
        v_account.balance - v_required - v_account.held + v_account.overdraft_limit,
        v_account.currency, v."timestamp", v_receipt.cashback
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            v_account.account_id, idempotency_key, 'pay', v.request_hash, row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'pay', -amount,
        CASE WHEN merchant_account_id IS NULL THEN '@payments' END, metadata, value_at,
        CASE WHEN v_receipt.cashback IS NOT NULL THEN jsonb_build_object(
            'cashback', v_cashback, 'due_at', v_due_at, 'rate_bps', v_rate_bps,
            'max_amount', v_max_amount
        ) END,
        v_receipt.payment_id, more => fee > 0
    );
    IF fee > 0 THEN
        PERFORM engine.book(
            engine.alone(v_account.account_id, v), v_transaction_id, 'fee', -fee, '@fees',
            value_at => value_at, payment_ref => v_receipt.payment_id,
            leg => CASE WHEN merchant_account_id IS NULL THEN 2 ELSE 3 END
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.pay(text, bigint, text, bigint, bigint, bigint, jsonb, text) IS
    'Debit an account for a purchase and promise its cashback. To a merchant''s account, else out '
    'of the bank; the fee comes on top. The cashback is what the policy of the currency says.';
REVOKE ALL ON FUNCTION bank.pay(text, bigint, text, bigint, bigint, bigint, jsonb, text)
FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.pay(text, bigint, text, bigint, bigint, bigint, jsonb, text)
TO bank_teller;
