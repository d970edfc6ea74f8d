-- settle_cashbacks: post the cashbacks that are due, for everyone, oldest first.
--
--   Returns  how many were settled, their sum, and how many due ones remain
--   Writes   a cashback leg per cashback, with timestamp = due_at; before them, what a collecting
--            account has collected
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
    v_timestamp bigint := coalesce(settle_cashbacks."timestamp", bank._now());
    v_due record;
    v_account ledger.accounts;
    v_before bigint;
    v_versions bigint;
    v_settlement bank.settlement := ROW(0, 0, 0);
BEGIN
    PERFORM bank._check_timestamp(v_timestamp);
    IF ("limit" BETWEEN 1 AND 100000) IS NOT TRUE THEN
        PERFORM bank._refuse('invalid_argument', json_build_object(
            'argument', 'limit', 'value', "limit"
        ));
    END IF;

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
        SELECT a.* INTO v_account
        FROM ledger.accounts AS a
        WHERE a.account_id = v_due.account_id
        FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;

        v_before := v_account.pending_cashback;
        v_versions := v_account.version;
        IF v_account.collecting THEN
            -- What was credited before a cashback fell due goes before it, or the past would change.
            v_account := bank._fold_collected(v_account);
        END IF;
        v_account := bank._settle_due(v_account, v_timestamp, v_due.cashbacks);
        v_settlement.settled := v_settlement.settled + (
            SELECT count(*)
            FROM ledger.ledger_transactions AS t
            WHERE t.account_id = v_account.account_id
                AND t.version > v_versions
                AND t.operation = 'cashback'
        );
        v_settlement.amount := v_settlement.amount + v_before - v_account.pending_cashback;
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
