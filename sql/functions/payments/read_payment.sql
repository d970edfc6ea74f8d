-- read_payment: a payment's row, without a lock.
--
--   Returns  the row
--   Errors   payment_not_found
--
-- A payment changes only under its account's lock: a writer reads it to learn which account that
-- is, locks it, and reads the payment again.
CREATE OR REPLACE FUNCTION engine.read_payment(payment_id text)
RETURNS ledger.payments
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_number bigint := engine.payment_number(read_payment.payment_id);
    v_payment ledger.payments;
BEGIN
    SELECT p.* INTO v_payment
    FROM ledger.payments AS p
    WHERE p.payment_number = v_number AND engine.is_own(p.account_id);
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'payment_not_found', json_build_object('payment_id', read_payment.payment_id)
        );
    END IF;
    RETURN v_payment;
END;
$function$;

COMMENT ON FUNCTION engine.read_payment(text) IS
    'Internal: a payment''s row without a lock; raises payment_not_found.';
REVOKE ALL ON FUNCTION engine.read_payment(text) FROM PUBLIC;
