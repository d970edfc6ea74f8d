-- refund_payment: give a payer back what was paid, all of it or a part.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   a leg, contra the merchant or @payments; the merchant's leg; ledger.payments; where
--            cashback goes with it ledger.cashbacks, and a leg contra @cashback if it was deposited
--   Locks    the account and the merchant, in byte order; a collecting merchant too, since it pays
--   Errors   payment_not_found, invalid_amount, invalid_metadata, invalid_idempotency_key,
--            idempotency_key_reused, invalid_timestamp, operator_required, timestamp_in_past,
--            payment_refunded, refund_exceeds_payment, account_blocked, account_closed (of the
--            payer), account_frozen, account_blocked, account_closed, insufficient_funds (of the
--            merchant), balance_limit_exceeded (of the payer)
--
-- The fee stays with the bank: it was for the service, which was given. A cashback that was
-- deposited is clawed back in the same transaction, after the refund: a cashback is at most what
-- was paid, so refund less claw-back is never negative and the payer never ends with less than
-- before. What the account could not have covered without the refund is told as netted.
CREATE OR REPLACE FUNCTION bank.refund_payment(
    payment_id text,
    amount bigint DEFAULT NULL,
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
    v_account ledger.accounts;
    v_merchant ledger.accounts;
    v_timestamp bigint;
    v_transaction_id bigint;
    v_amount bigint;
    v_available bigint;
    v_reduced record;
    v_request text;
    v_response json;
    v_receipt bank.refund_receipt;
BEGIN
    PERFORM engine.check_request(coalesce(amount, 1), metadata, idempotency_key);
    IF v_payment.merchant_account_id < v_payment.account_id COLLATE "C" THEN
        v_merchant := engine.lock_account(v_payment.merchant_account_id);
    END IF;
    v_account := engine.lock_account(v_payment.account_id);
    IF v_payment.merchant_account_id > v_payment.account_id COLLATE "C" THEN
        v_merchant := engine.lock_account(v_payment.merchant_account_id);
    END IF;

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(
            refund_payment.payment_id, amount, refund_payment."timestamp", metadata
        )::text;
        v_response := engine.replay(
            v_account.account_id, idempotency_key, 'refund_payment', v_request
        );
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.refund_receipt, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(
        refund_payment."timestamp", greatest(v_account.last_timestamp, v_merchant.last_timestamp)
    );
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;
    IF least(v_merchant.next_cashback_due, v_merchant.next_hold_expiry) <= v_timestamp THEN
        v_merchant := engine.settle_due(v_merchant, v_timestamp);
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
    IF v_account.status IN ('blocked', 'closed') THEN
        PERFORM engine.refuse_credit(v_account);
    END IF;
    IF v_merchant.status <> 'active'
        OR v_merchant.balance - v_merchant.held + v_merchant.overdraft_limit < v_amount
    THEN
        PERFORM engine.refuse_debit(v_merchant, v_amount);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_payment.refunded := v_payment.refunded + v_amount;
    UPDATE ledger.payments AS p
    SET refunded = v_payment.refunded
    WHERE p.account_id = v_payment.account_id AND p.payment_number = v_payment.payment_number;
    v_reduced := engine.reduce_cashback(
        v_payment.account_id, v_payment.payment_number, v_payment.amount - v_payment.refunded
    );
    IF v_reduced.cancelled > 0 THEN
        v_account.pending_cashback := v_account.pending_cashback - v_reduced.cancelled;
        v_account.next_cashback_due := (
            SELECT min(c.due_at)
            FROM ledger.cashbacks AS c
            WHERE c.account_id = v_account.account_id AND c.status = 'pending'
        );
    END IF;

    v_available := v_account.balance - v_account.held + v_account.overdraft_limit;
    IF v_merchant.account_id IS NOT NULL THEN
        v_merchant := engine.post_leg(
            v_merchant, v_transaction_id, v_timestamp, 'refund', -v_amount, v_account.account_id,
            refund_payment.payment_id, NULL, metadata
        );
    END IF;
    v_account := engine.post_leg(
        v_account, v_transaction_id, v_timestamp, 'refund', v_amount,
        coalesce(v_payment.merchant_account_id, '@payments'), refund_payment.payment_id, NULL,
        metadata, jsonb_build_object(
            'refunded', v_payment.refunded, 'cashback_cancelled', v_reduced.cancelled
        )
    );
    IF v_reduced.clawed_back > 0 THEN
        v_account := engine.post_leg(
            v_account, v_transaction_id, v_timestamp, 'cashback_clawback', -v_reduced.clawed_back,
            '@cashback', refund_payment.payment_id
        );
    END IF;

    v_receipt := ROW(
        refund_payment.payment_id, v_transaction_id, v_account.account_id,
        v_payment.merchant_account_id, v_amount, v_payment.refunded,
        v_payment.amount - v_payment.refunded, v_reduced.cancelled, v_reduced.clawed_back,
        greatest(v_reduced.clawed_back - greatest(v_available, 0), 0), v_account.balance,
        v_account.balance - v_account.held + v_account.overdraft_limit, v_account.currency,
        v_timestamp
    );
    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_account.account_id, idempotency_key, 'refund_payment', v_request,
            row_to_json(v_receipt)
        );
    END IF;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.refund_payment(text, bigint, bigint, jsonb, text) IS
    'Gives a payer back what was paid: amount in minor units, NULL for all that is left; the '
    'merchant pays, else the money comes back from @payments. The fee is kept. Cashback shrinks to '
    'what the rest of the payment earns: cancelled while pending, else clawed back. timestamp: ms, '
    'operators only. Raises payment_not_found, invalid_amount, payment_refunded, '
    'refund_exceeds_payment, account_frozen, account_blocked, account_closed, insufficient_funds, '
    'balance_limit_exceeded and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.refund_payment(text, bigint, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.refund_payment(text, bigint, bigint, jsonb, text) TO bank_teller;
