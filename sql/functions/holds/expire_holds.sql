-- expire_holds: post the expiries of holds whose time is over, for everyone, oldest first.
--
--   Returns  how many expired, the sum of what they still reserved, and how many remain
--   Writes   a zero-amount leg per hold, with timestamp = expires_at; a leg per cashback that was
--            due before the last of them on the same account, not counted
--   Locks    each account with SKIP LOCKED: whoever holds one settles it as part of what it does
--   Errors   limited_to_accounts, invalid_timestamp, timestamp_in_future, invalid_argument (limit)
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
    v_settled record;
    v_done bank.expiration := ROW(0, 0, 0);
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.refuse_timestamp(v_timestamp, 0);
    PERFORM engine.check_run_limit("limit");

    -- More accounts than it takes, so that those which somebody holds do not use up the limit.
    v_settled := engine.settle_free(ARRAY(
        SELECT due.account_id
        FROM ledger.holds AS due
        WHERE due.status = 'open' AND due.expires_at <= v_timestamp
        GROUP BY due.account_id
        ORDER BY min(due.expires_at), due.account_id
        LIMIT "limit" + 1000
    ), v_timestamp, "limit", 'expire_hold');
    v_done.expired := v_settled.settled;
    v_done.amount := v_settled.amount;
    v_done.remaining := (
        SELECT count(*)
        FROM ledger.holds AS due
        WHERE due.status = 'open' AND due.expires_at <= v_timestamp
    );
    RETURN v_done;
END;
$function$;

COMMENT ON FUNCTION bank.expire_holds(bigint, bigint) IS
    'Post the expiries of holds whose time is over, for everyone, oldest first. Such holds '
    'reserve nothing whether or not this has run. A repeat records nothing twice, so there is no '
    'key to give.';
REVOKE ALL ON FUNCTION bank.expire_holds(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.expire_holds(bigint, bigint) TO bank_operator;
