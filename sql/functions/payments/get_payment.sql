-- get_payment: a payment and the state of its cashback.
--
--   Returns  the payment; cashback is NULL where none was promised
--   Errors   payment_not_found
CREATE OR REPLACE FUNCTION bank.get_payment(payment_id text)
RETURNS bank.payment
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_number bigint := engine.payment_number(get_payment.payment_id);
    v_payment bank.payment;
BEGIN
    SELECT s.*
    INTO v_payment
    FROM ledger.payments AS p
    INNER JOIN ledger.accounts AS a ON a.account_id = p.account_id
    CROSS JOIN LATERAL engine.show_payment(p, a.currency) AS s
    WHERE p.payment_number = v_number AND engine.is_own(p.account_id);
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'payment_not_found', json_build_object('payment_id', get_payment.payment_id)
        );
    END IF;
    RETURN v_payment;
END;
$function$;

COMMENT ON FUNCTION bank.get_payment(text) IS
    'A payment and the state of its cashback.';
REVOKE ALL ON FUNCTION bank.get_payment(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.get_payment(text) TO bank_teller, bank_auditor;
