-- settle_cashbacks: post the cashbacks that are due, for everyone, oldest first.
--
--   Returns  how many were settled, their sum, and how many due ones remain
--   Writes   a cashback leg per cashback, with timestamp = due_at; before them, what a collecting
--            account has collected and what holds of the same account have expired, not counted
--   Locks    each account with SKIP LOCKED: whoever holds one settles it as part of what it does
--   Errors   limited_to_accounts, invalid_timestamp, timestamp_in_future, invalid_argument (limit)
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
    v_settled record;
    v_done bank.settlement := ROW(0, 0, 0);
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.refuse_timestamp(v_timestamp, 0);
    PERFORM engine.check_run_limit("limit");

    -- More accounts than it takes, so that those which somebody holds do not use up the limit.
    v_settled := engine.settle_free(ARRAY(
        SELECT due.account_id
        FROM engine.cashbacks AS due
        WHERE due.status = 'pending' AND due.due_at <= v_timestamp
        GROUP BY due.account_id
        ORDER BY min(due.due_at), due.account_id
        LIMIT "limit" + 1000
    ), v_timestamp, "limit", 'cashback');
    v_done.settled := v_settled.settled;
    v_done.amount := v_settled.amount;
    v_done.remaining := (
        SELECT count(*)
        FROM engine.cashbacks AS due
        WHERE due.status = 'pending' AND due.due_at <= v_timestamp
    );
    RETURN v_done;
END;
$function$;

COMMENT ON FUNCTION bank.settle_cashbacks(bigint, bigint) IS
    'Post the cashbacks that are due, for everyone, oldest first. Each counts from when it was '
    'due. A repeat settles nothing twice, so there is no key to give.';
REVOKE ALL ON FUNCTION bank.settle_cashbacks(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.settle_cashbacks(bigint, bigint) TO bank_operator;
