-- promise_cashback: write down the cashback that a payment earns by the policy of its currency.
--
--   Returns  its row; NULL where it is zero or the currency has no policy
--   Writes   ledger.cashbacks
--   Locks    nothing: the caller holds the account
--   Errors   invalid_timestamp (it would be due after 2^53-1 ms)
CREATE OR REPLACE FUNCTION engine.promise_cashback(
    account_id text, currency text, payment_number bigint, amount bigint, "timestamp" bigint
)
RETURNS ledger.cashbacks
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_cashback ledger.cashbacks;
BEGIN
    INSERT INTO ledger.cashbacks (
        account_id, payment_number, created_at, due_at, promised, amount, rate_bps, max_amount
    )
    SELECT
        promise_cashback.account_id, promise_cashback.payment_number,
        promise_cashback."timestamp", promise_cashback."timestamp" + p.delay_ms, earned.amount,
        earned.amount, p.rate_bps, p.max_amount
    FROM ledger.cashback_policies AS p
    CROSS JOIN LATERAL (
        SELECT engine.cashback_for(promise_cashback.amount, p.rate_bps, p.max_amount) AS amount
    ) AS earned
    WHERE p.currency = promise_cashback.currency AND earned.amount > 0
    RETURNING * INTO v_cashback;
    IF v_cashback.due_at > 9007199254740991 THEN
        PERFORM engine.check_timestamp(v_cashback.due_at);
    END IF;
    RETURN v_cashback;
END;
$function$;

COMMENT ON FUNCTION engine.promise_cashback(text, text, bigint, bigint, bigint) IS
    'Internal: writes the cashback that a payment earns, or returns NULL; raises '
    'invalid_timestamp.';
REVOKE ALL ON FUNCTION engine.promise_cashback(text, text, bigint, bigint, bigint) FROM PUBLIC;
