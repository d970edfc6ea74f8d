-- reduce_cashback: take away of a payment's cashback what the rest of it does not earn.
--
--   Returns  what is cancelled of a pending one, what is to be clawed back of a deposited one; one
--            of them is 0
--   Writes   ledger.payments
--   Locks    nothing: the caller holds the account, has settled it, and posts what follows
--
-- net: the payment less all its refunds. What is kept never exceeds the cashback that the policy
-- of the moment of payment gives for that; so however a payment is refunded, in one part or in
-- many, it ends with the same.
CREATE OR REPLACE FUNCTION engine.reduce_cashback(
    payment_number bigint, net bigint, OUT cancelled bigint, OUT clawed_back bigint
)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_cashback engine.cashbacks;
    v_excess bigint;
BEGIN
    cancelled := 0;
    clawed_back := 0;
    SELECT c.* INTO v_cashback
    FROM engine.cashbacks AS c
    WHERE c.payment_number = reduce_cashback.payment_number;
    v_excess := v_cashback.amount - v_cashback.clawed_back
        - engine.cashback_for(net, v_cashback.rate_bps, v_cashback.max_amount);
    IF (v_excess > 0) IS NOT TRUE THEN
        RETURN;
    END IF;

    IF v_cashback.status = 'pending' THEN
        cancelled := v_excess;
    ELSIF v_cashback.status = 'deposited' THEN
        clawed_back := v_excess;
    END IF;
    UPDATE ledger.payments AS p
    SET cashback = p.cashback - cancelled,
        clawed_back = p.clawed_back + reduce_cashback.clawed_back,
        cashback_status = CASE WHEN p.cashback = cancelled
            THEN 'cancelled' ELSE p.cashback_status
        END
    WHERE p.payment_number = reduce_cashback.payment_number;
END;
$function$;

COMMENT ON FUNCTION engine.reduce_cashback(bigint, bigint) IS
    'Internal: reduces a payment''s cashback to what its net amount earns.';
REVOKE ALL ON FUNCTION engine.reduce_cashback(bigint, bigint) FROM PUBLIC;
