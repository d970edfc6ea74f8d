-- next_cashback: the cashback that a payment earns by the policy of its currency.
--
--   Returns  a pending row for ledger.cashbacks, not written; NULL where it is zero or the currency
--            has no policy
--   Errors   invalid_timestamp (it would be due after 2^53-1 ms)
CREATE OR REPLACE FUNCTION engine.next_cashback(
    account ledger.accounts, payment_number bigint, amount bigint, "timestamp" bigint
)
RETURNS ledger.cashbacks
LANGUAGE plpgsql
STABLE
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
    v_cashback.amount := engine.cashback_for(amount, v_policy);
    IF (v_cashback.amount > 0) IS NOT TRUE THEN
        RETURN NULL;
    END IF;

    v_cashback.account_id := account.account_id;
    v_cashback.payment_number := next_cashback.payment_number;
    v_cashback.created_at := next_cashback."timestamp";
    v_cashback.due_at := next_cashback."timestamp" + v_policy.delay_ms;
    v_cashback.promised := v_cashback.amount;
    v_cashback.clawed_back := 0;
    v_cashback.rate_bps := v_policy.rate_bps;
    v_cashback.max_amount := v_policy.max_amount;
    v_cashback.status := 'pending';
    PERFORM engine.check_timestamp(v_cashback.due_at);
    RETURN v_cashback;
END;
$function$;

COMMENT ON FUNCTION engine.next_cashback(ledger.accounts, bigint, bigint, bigint) IS
    'Internal: the row of ledger.cashbacks that a payment earns, or NULL; raises '
    'invalid_timestamp.';
REVOKE ALL ON FUNCTION engine.next_cashback(ledger.accounts, bigint, bigint, bigint) FROM PUBLIC;
