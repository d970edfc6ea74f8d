-- _promise_cashback: record the cashback that a payment earns by the policy of its currency.
--
--   Returns  the pending cashback; a NULL row where it is zero or the currency has no policy
--   Writes   ledger.cashbacks
--   Locks    nothing: the caller holds the account, and adds the amount to its pending cashback
--   Errors   invalid_timestamp (it would be due after 2^53-1 ms)
--
-- No SET search_path: its caller has one, and every payment calls it.
CREATE OR REPLACE FUNCTION bank._promise_cashback(
    account ledger.accounts, payment_number bigint, amount bigint, "timestamp" bigint
)
RETURNS ledger.cashbacks
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_policy ledger.cashback_policies;
    v_cashback ledger.cashbacks;
BEGIN
    SELECT p.* INTO v_policy
    FROM ledger.cashback_policies AS p
    WHERE p.currency = account.currency;
    v_cashback.amount := bank._cashback_for(amount, v_policy);
    IF (v_cashback.amount > 0) IS NOT TRUE THEN
        RETURN NULL;
    END IF;

    v_cashback.account_id := account.account_id;
    v_cashback.payment_number := _promise_cashback.payment_number;
    v_cashback.created_at := _promise_cashback."timestamp";
    v_cashback.due_at := _promise_cashback."timestamp" + v_policy.delay_ms;
    v_cashback.status := 'pending';
    PERFORM bank._check_timestamp(v_cashback.due_at);
    INSERT INTO ledger.cashbacks VALUES (v_cashback.*);
    RETURN v_cashback;
END;
$function$;

COMMENT ON FUNCTION bank._promise_cashback(ledger.accounts, bigint, bigint, bigint) IS
    'Internal: records the pending cashback of a payment; raises invalid_timestamp.';
REVOKE ALL ON FUNCTION bank._promise_cashback(ledger.accounts, bigint, bigint, bigint) FROM PUBLIC;
