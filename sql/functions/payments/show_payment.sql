-- show_payment: a payment as it is told.
--
--   Returns  the payment; cashback is NULL where none was promised
CREATE OR REPLACE FUNCTION engine.show_payment(payment ledger.payments, currency text)
RETURNS bank.payment
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT
        'payment' || payment.payment_number,
        payment.account_id,
        payment.transaction_id,
        payment.amount,
        payment.fee,
        payment.merchant_account_id,
        payment.refunded,
        currency,
        payment."timestamp",
        CASE WHEN payment.cashback_status IS NOT NULL THEN json_build_object(
            'promised', payment.promised, 'amount', payment.cashback,
            'clawed_back', payment.clawed_back, 'due_at', payment.cashback_due_at,
            'status', payment.cashback_status, 'transaction_id', payment.cashback_transaction_id
        ) END
$function$;

COMMENT ON FUNCTION engine.show_payment(ledger.payments, text) IS
    'Internal: a payment as it is told.';
REVOKE ALL ON FUNCTION engine.show_payment(ledger.payments, text) FROM PUBLIC;
