-- refund_payment: give a payer back what was paid, all of it or a part.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   a leg, contra the merchant or @payments; the merchant's leg; ledger.payments; where a
--            deposited cashback goes with it, a leg contra @cashback
--   Locks    the account and the merchant, in byte order; a collecting merchant too, since it pays
--   Errors   payment_not_found, invalid_amount, invalid_metadata, invalid_idempotency_key,
--            invalid_timestamp (value_at), idempotency_key_reused, invalid_timestamp,
--            timestamp_in_past, timestamp_in_future, payment_refunded, refund_exceeds_payment,
--            account_blocked, account_closed (of the payer), account_frozen, account_blocked,
--            insufficient_funds (of the merchant), balance_limit_exceeded (of the payer)
--
-- The fee stays with the bank: it was for the service, which was given. A cashback that was
-- deposited is clawed back in the same transaction, after the refund: a cashback is at most what
-- was paid, so refund less claw-back is never negative and the payer never ends with less than
-- before. What the account could not have covered without the refund is told as netted.
--
-- A merchant that is closed has nothing, for ever, so the bank stands in for it, from @payments:
-- who was paid may go, the right to be refunded stays.
CREATE OR REPLACE FUNCTION bank.refund_payment(
    payment_id text,
    amount bigint DEFAULT NULL,
    value_at bigint DEFAULT NULL,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.refund_receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_payment ledger.payments := engine.read_payment(refund_payment.payment_id);
    v engine.parties;
    v_account ledger.accounts;
    v_transaction_id bigint;
    v_amount bigint;
    v_available bigint;
    v_contra text;
    v_reduced record;
    v_receipt bank.refund_receipt;
BEGIN
    PERFORM engine.refuse_request(coalesce(amount, 1), metadata, idempotency_key, value_at);
    v := engine.prepare(
        v_payment.account_id, v_payment.merchant_account_id, refund_payment."timestamp",
        idempotency_key, 'refund_payment', json_build_object(
            'payment_id', refund_payment.payment_id, 'amount', amount, 'value_at', value_at,
            'timestamp', refund_payment."timestamp", 'metadata', metadata::text
        ), other_pays => true
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.refund_receipt, v.response);
    END IF;

    v_payment := engine.read_payment(refund_payment.payment_id);
    v_amount := coalesce(amount, v_payment.amount - v_payment.refunded);
    IF v_payment.refunded = v_payment.amount THEN
        PERFORM engine.refuse('payment_refunded', json_build_object(
            'payment_id', refund_payment.payment_id, 'refunded', v_payment.refunded
        ));
    ELSIF v_amount > v_payment.amount - v_payment.refunded THEN
        PERFORM engine.refuse('refund_exceeds_payment', json_build_object(
            'payment_id', refund_payment.payment_id,
            'refundable', v_payment.amount - v_payment.refunded, 'required', v_amount
        ));
    END IF;
    v_account := v.account;
    IF (v.other).status = 'closed' THEN
        v.other := NULL;
    END IF;
    v_contra := CASE WHEN (v.other).account_id IS NULL THEN '@payments' END;
    PERFORM engine.refuse_credit(v_account, 0);
    PERFORM engine.refuse_debit(v.other, v_amount);
    PERFORM engine.refuse_credit(v_account, v_amount);

    v_transaction_id := nextval('ledger.transaction_seq');
    v_payment.refunded := v_payment.refunded + v_amount;
    UPDATE ledger.payments AS p
    SET refunded = v_payment.refunded
    WHERE p.payment_number = v_payment.payment_number;
    v_reduced := engine.reduce_cashback(
        v_payment.payment_number, v_payment.amount - v_payment.refunded
    );
    v_account.pending_cashback := v_account.pending_cashback - v_reduced.cancelled;
    v_available := v_account.balance - v_account.held + v_account.overdraft_limit;
    v.account := v_account;
    v_account.balance := v_account.balance + v_amount - v_reduced.clawed_back;
    v_receipt := ROW(
        refund_payment.payment_id, v_transaction_id, v_account.account_id,
        v_payment.merchant_account_id, v_amount, v_payment.refunded,
        v_payment.amount - v_payment.refunded, v_reduced.cancelled, v_reduced.clawed_back,
        greatest(v_reduced.clawed_back - greatest(v_available, 0), 0), v_account.balance,
        v_account.balance - v_account.held + v_account.overdraft_limit, v_account.currency,
        v."timestamp"
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            v_account.account_id, idempotency_key, 'refund_payment', v.request_hash,
            row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.book(
        v, v_transaction_id, 'refund', v_amount, v_contra, metadata, value_at,
        jsonb_build_object(
            'refunded', v_payment.refunded, 'cashback_cancelled', v_reduced.cancelled
        ),
        refund_payment.payment_id, v_payment.transaction_id, more => v_reduced.clawed_back > 0
    );
    IF v_reduced.clawed_back > 0 THEN
        PERFORM engine.book(
            engine.alone(v_account.account_id, v), v_transaction_id, 'cashback_clawback',
            -v_reduced.clawed_back, '@cashback', value_at => value_at,
            payment_ref => refund_payment.payment_id, refers_to => v_payment.transaction_id,
            leg => CASE WHEN v_contra = '@payments' THEN 2 ELSE 3 END
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.refund_payment(text, bigint, bigint, bigint, jsonb, text) IS
    'Give a payer back what was paid, all of it or a part. All that is left of it, unless an '
    'amount is given. The merchant pays it, if there is one that is not closed, else the bank. The '
    'fee is kept. Cashback shrinks to what the rest of the payment earns: cancelled while it is '
    'pending, else taken back.';
REVOKE ALL ON FUNCTION bank.refund_payment(text, bigint, bigint, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.refund_payment(text, bigint, bigint, bigint, jsonb, text)
TO bank_teller;
