-- expire_holds: post the expiries of holds whose time is over, for everyone, oldest first.
--
--   Returns  how many expired, the sum of what they still reserved, and how many remain
--   Writes   a zero-amount leg per hold, with timestamp = expires_at; a leg per cashback that was
--            due before the last of them on the same account, not counted
--   Locks    each account with SKIP LOCKED: whoever holds one settles it as part of what it does
--   Errors   invalid_timestamp, invalid_argument (limit)
--
-- Readers and writers treat such holds as over already; this only makes the log say so in time. Any
-- number may run at once, and a repeat expires nothing twice, so it needs no idempotency key.
CREATE OR REPLACE FUNCTION bank.expire_holds(
    "timestamp" bigint DEFAULT NULL,
    "limit" bigint DEFAULT 1000
)
RETURNS bank.expiration
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_timestamp bigint := coalesce(expire_holds."timestamp", engine.now());
    v_due record;
    v_settled record;
    v_expiration bank.expiration := ROW(0, 0, 0);
BEGIN
    PERFORM engine.check_timestamp(v_timestamp);
    PERFORM engine.check_run_limit("limit");

    FOR v_due IN
        SELECT oldest.account_id, count(*) AS holds
        FROM (
            SELECT h.account_id
            FROM ledger.holds AS h
            WHERE h.status = 'open' AND h.expires_at <= v_timestamp
            ORDER BY h.expires_at, h.account_id
            LIMIT expire_holds."limit"
        ) AS oldest
        GROUP BY oldest.account_id
        ORDER BY oldest.account_id
    LOOP
        v_settled := engine.settle_skipping(
            v_due.account_id, v_timestamp, v_due.holds, 'expire_hold'
        );
        v_expiration.expired := v_expiration.expired + v_settled.settled;
        v_expiration.amount := v_expiration.amount + v_settled.amount;
    END LOOP;

    v_expiration.remaining := (
        SELECT count(*)
        FROM ledger.holds AS h
        WHERE h.status = 'open' AND h.expires_at <= v_timestamp
    );
    RETURN v_expiration;
END;
$function$;

COMMENT ON FUNCTION bank.expire_holds(bigint, bigint) IS
    'Posts the expiries of holds due by timestamp (ms, default now), at most limit (1 to 100000) '
    'of them. Returns expired, amount (minor units, over all currencies) and remaining. Raises '
    'invalid_argument, invalid_timestamp.';
REVOKE ALL ON FUNCTION bank.expire_holds(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.expire_holds(bigint, bigint) TO bank_operator;
