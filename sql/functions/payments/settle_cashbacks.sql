-- settle_cashbacks: post the cashbacks that are due, for everyone, oldest first.
--
--   Returns  how many were settled, their sum, and how many due ones remain
--   Writes   a cashback leg per cashback, with timestamp = due_at; before them, what a collecting
--            account has collected and what holds of the same account have expired, not counted
--   Locks    each account with SKIP LOCKED: whoever holds one settles it as part of what it does
--   Errors   invalid_argument (limit), invalid_timestamp
--
-- Any number may run at once, and a repeat settles nothing twice, so it needs no idempotency key.
CREATE OR REPLACE FUNCTION bank.settle_cashbacks(
    "timestamp" bigint DEFAULT NULL,
    "limit" bigint DEFAULT 1000
)
RETURNS bank.settlement
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_timestamp bigint := coalesce(settle_cashbacks."timestamp", engine.now());
    v_due record;
    v_settled record;
    v_settlement bank.settlement := ROW(0, 0, 0);
BEGIN
    PERFORM engine.check_timestamp(v_timestamp);
    PERFORM engine.check_run_limit("limit");

    FOR v_due IN
        SELECT oldest.account_id, count(*) AS cashbacks
        FROM (
            SELECT c.account_id
            FROM ledger.cashbacks AS c
            WHERE c.status = 'pending' AND c.due_at <= v_timestamp
            ORDER BY c.due_at, c.account_id
            LIMIT settle_cashbacks."limit"
        ) AS oldest
        GROUP BY oldest.account_id
        ORDER BY oldest.account_id
    LOOP
        -- Stop while the sum is one that JSON can tell; the rest remains for the next call.
        EXIT WHEN v_settlement.settled > 0 AND v_settlement.amount + (
            SELECT a.pending_cashback
            FROM ledger.accounts AS a
            WHERE a.account_id = v_due.account_id
        ) > 9007199254740991;
        v_settled := engine.settle_skipping(
            v_due.account_id, v_timestamp, v_due.cashbacks, 'cashback'
        );
        v_settlement.settled := v_settlement.settled + v_settled.settled;
        v_settlement.amount := v_settlement.amount + v_settled.amount;
    END LOOP;

    v_settlement.remaining := (
        SELECT count(*)
        FROM ledger.cashbacks AS c
        WHERE c.status = 'pending' AND c.due_at <= v_timestamp
    );
    RETURN v_settlement;
END;
$function$;

COMMENT ON FUNCTION bank.settle_cashbacks(bigint, bigint) IS
    'Posts the cashbacks due by timestamp (ms, default now), at most limit (1 to 100000) of them. '
    'Returns settled, amount (minor units, over all currencies) and remaining. Raises '
    'invalid_argument, invalid_timestamp.';
REVOKE ALL ON FUNCTION bank.settle_cashbacks(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.settle_cashbacks(bigint, bigint) TO bank_operator;
