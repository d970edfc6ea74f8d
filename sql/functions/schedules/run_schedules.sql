-- run_schedules: make the scheduled transfers that are due, for everyone, oldest first.
--
--   Returns  how many succeeded, how many were refused, and how many due ones remain
--   Writes   what bank.transfer writes; ledger.schedule_runs, ledger.schedules
--   Locks    the accounts of as many schedules as may run, save those that somebody else holds; all
--            at once and in byte order, so that it can deadlock with nobody
--   Errors   invalid_timestamp, timestamp_in_future, invalid_argument (limit)
--
-- Each run and what becomes of its schedule are one transaction, so any number of these may go on
-- at once and none pays twice. What was missed is made up for, one occurrence after the other.
--
-- Accounts take turns: first what is oldest of each, then what is next. So one that somebody holds,
-- however much of it is due, does not use up the limit.
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
    v_due bigint;
    v_locked text[];
    v_succeeded boolean;
    v_before bigint;
    v_progress bank.schedule_progress := ROW(0, 0, 0);
BEGIN
    -- Asked here, or each run would be refused for it, and its schedule end.
    PERFORM engine.refuse_timestamp(v_timestamp, 0);
    PERFORM engine.check_run_limit("limit");

    -- Collecting targets too, though crediting them needs no lock: so that nobody folds their
    -- credits meanwhile, after which the time chosen for the transfer would be in their past.
    v_locked := engine.lock_skipping(ARRAY(
        SELECT unnest(ARRAY[due.account_id, due.target_account_id])
        FROM (
            SELECT
                s.account_id,
                s.target_account_id,
                s.next_run_at,
                row_number() OVER (
                    PARTITION BY s.account_id ORDER BY s.next_run_at, s.schedule_number
                ) AS turn
            FROM ledger.schedules AS s
            WHERE s.status = 'active' AND s.next_run_at <= v_timestamp
            ORDER BY turn, s.next_run_at, s.account_id
            LIMIT run_schedules."limit"
        ) AS due
    ));

    -- Until nothing more is due: a run may be followed by the next of the same schedule.
    LOOP
        v_before := v_progress.succeeded + v_progress.refused;
        FOR v_due IN
            SELECT s.schedule_number
            FROM ledger.schedules AS s
            WHERE s.status = 'active' AND s.next_run_at <= v_timestamp
                AND s.account_id = ANY(v_locked)
                AND s.target_account_id = ANY(v_locked)
            ORDER BY s.next_run_at, s.account_id, s.schedule_number
            LIMIT run_schedules."limit" - v_before
        LOOP
            v_succeeded := engine.run_schedule(v_due, v_timestamp);
            IF v_succeeded THEN
                v_progress.succeeded := v_progress.succeeded + 1;
            ELSIF NOT v_succeeded THEN
                v_progress.refused := v_progress.refused + 1;
            END IF;
        END LOOP;
        EXIT WHEN v_progress.succeeded + v_progress.refused IN (v_before, "limit");
    END LOOP;

    v_progress.remaining := (
        SELECT count(*)
        FROM ledger.schedules AS s
        WHERE s.status = 'active' AND s.next_run_at <= v_timestamp
    );
    RETURN v_progress;
END;
$function$;

COMMENT ON FUNCTION bank.run_schedules(bigint, bigint) IS
    'Make the scheduled transfers that are due, for everyone, oldest first. Each counts from when '
    'it was due. One that lacks money is tried again 1, 4 and 24 hours later, but not beyond its '
    'next occurrence. A repeat makes none twice, so there is no key to give.';
REVOKE ALL ON FUNCTION bank.run_schedules(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.run_schedules(bigint, bigint) TO bank_operator;
