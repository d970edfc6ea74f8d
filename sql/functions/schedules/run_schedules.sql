-- run_schedules: make the scheduled transfers that are due, for everyone.
--
--   Returns  how many succeeded, how many were refused, and how many due ones remain
--   Writes   what engine.run_schedule writes; ledger.schedule_turns
--   Locks    the accounts of as many schedules as may run, save those that somebody else holds; all
--            at once and in byte order, so that it can deadlock with nobody
--   Errors   limited_to_accounts, invalid_timestamp, timestamp_in_future, invalid_argument (limit)
--
-- Each run and what becomes of its schedule are one transaction, so any number of these may go on
-- at once and none pays twice. What was missed is made up for, one occurrence after the other.
--
-- Accounts take turns: those that have waited longest share the limit equally, each runs what is
-- oldest first, and one that has more than its share waits behind all that wait now. So whatever is
-- due of one account, a call does no more than limit says, and every other account has its turn.
CREATE OR REPLACE FUNCTION bank.run_schedules(
    "timestamp" bigint DEFAULT NULL,
    "limit" bigint DEFAULT 1000
)
RETURNS bank.schedule_progress
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_timestamp bigint := coalesce(run_schedules."timestamp", engine.now());
    v_waiting text[];
    v_share bigint;
    v_locked text[] := ARRAY[]::text[];
    v_progress bank.schedule_progress;
BEGIN
    PERFORM engine.refuse_limited();
    -- Asked here, or each run would be refused for it, and its schedule end.
    PERFORM engine.refuse_timestamp(v_timestamp, 0);
    PERFORM engine.check_run_limit("limit");

    -- Where somebody holds all who have waited longest, those behind them.
    FOR v_page IN 0..9 LOOP
        v_waiting := ARRAY(
            SELECT t.account_id
            FROM ledger.schedule_turns AS t
            WHERE t.turn_at <= v_timestamp
            ORDER BY t.turn_at, t.account_id
            LIMIT run_schedules."limit" OFFSET v_page * run_schedules."limit"
        );
        EXIT WHEN v_waiting = '{}';
        v_share := "limit" / cardinality(v_waiting);
        -- Collecting targets too, though crediting them needs no lock: so that nobody folds their
        -- credits meanwhile, after which the time chosen for a transfer would be in their past.
        v_locked := engine.lock_skipping(v_waiting || ARRAY(
            SELECT due.target_account_id
            FROM unnest(v_waiting) AS w (account_id)
            CROSS JOIN LATERAL (
                SELECT s.target_account_id
                FROM ledger.schedules AS s
                WHERE s.account_id = w.account_id
                    AND s.status = 'active'
                    AND s.next_run_at <= v_timestamp
                ORDER BY s.next_run_at, s.schedule_number
                LIMIT v_share
            ) AS due
        ));
        EXIT WHEN v_locked <> '{}';
    END LOOP;

    v_waiting := ARRAY(
        SELECT w.account_id
        FROM unnest(v_waiting) AS w (account_id)
        WHERE w.account_id = ANY(v_locked)
    );
    v_progress := engine.run_in_turn(v_waiting, v_locked, v_share, v_timestamp);
    PERFORM engine.give_turns(v_waiting, v_timestamp);
    v_progress.remaining := (
        SELECT count(*)
        FROM (
            SELECT FROM ledger.schedule_turns AS t
            INNER JOIN ledger.schedules AS s
                ON s.account_id = t.account_id
                    AND s.status = 'active'
                    AND s.next_run_at <= v_timestamp
            WHERE t.turn_at <= v_timestamp
            LIMIT 10000
        ) AS due
    );
    RETURN v_progress;
END;
$function$;

COMMENT ON FUNCTION bank.run_schedules(bigint, bigint) IS
    'Make the scheduled transfers that are due, for everyone. Accounts share the limit and take '
    'turns, each with its oldest first. A transfer counts from when it was due. One that lacks '
    'money is tried again 1, 4 and 24 hours later, but not beyond its next occurrence. A repeat '
    'makes none twice, so there is no key to give.';
REVOKE ALL ON FUNCTION bank.run_schedules(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.run_schedules(bigint, bigint) TO bank_operator;
