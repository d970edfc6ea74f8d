-- run_schedules: make the scheduled transfers that are due, for everyone, oldest first.
--
--   Returns  how many succeeded, how many were refused, and how many due ones remain
--   Writes   what bank.transfer writes; ledger.schedule_runs, ledger.schedules
--   Locks    the accounts of each, with SKIP LOCKED: waiting for none, it can deadlock with nobody
--   Errors   invalid_timestamp, operator_required, invalid_argument (limit)
--
-- Each run and what becomes of its schedule are one transaction, so any number of these may go on
-- at once and none pays twice. What was missed is made up for, one occurrence after the other.
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
    v_due ledger.schedules;
    v_succeeded boolean;
    v_before bigint;
    v_progress bank.schedule_progress := ROW(0, 0, 0);
BEGIN
    PERFORM engine.check_timestamp(v_timestamp);
    -- Asked here, or each run would be refused for it, and its schedule end.
    PERFORM engine.require_operator('timestamp');
    PERFORM engine.check_run_limit("limit");

    LOOP
        v_before := v_progress.succeeded + v_progress.refused;
        FOR v_due IN
            SELECT s.*
            FROM ledger.schedules AS s
            WHERE s.status = 'active' AND s.next_run_at <= v_timestamp
            ORDER BY s.next_run_at, s.account_id, s.schedule_number
            LIMIT run_schedules."limit" - v_before
        LOOP
            CONTINUE WHEN NOT engine.lock_scheduled(v_due);
            v_succeeded := engine.run_schedule(v_due.account_id, v_due.schedule_number, v_timestamp);
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
    'Makes the scheduled transfers due by timestamp (ms, default now), at most limit (1 to 100000) '
    'runs. Returns succeeded, refused and remaining. One that lacks money is tried again 1, 4 and '
    '24 hours later, but not beyond its next occurrence. Raises invalid_argument, '
    'invalid_timestamp.';
REVOKE ALL ON FUNCTION bank.run_schedules(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.run_schedules(bigint, bigint) TO bank_operator;
