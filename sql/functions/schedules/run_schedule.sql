-- run_schedule: attempt a scheduled transfer whose accounts are locked, and note what came of it.
--
--   Returns  whether the transfer was made; NULL where somebody else has run the schedule meanwhile
--   Writes   what bank.transfer writes; ledger.schedule_runs, ledger.schedules
--   Locks    the schedule, which nobody else has, since the caller holds both accounts: so that a
--            transaction that reads by an old snapshot gets 40001, and makes no run of it twice
--
-- The transfer counts from when it was due, whoever runs it and however late, unless an account has
-- a newer leg already: then from the moment given, or from that leg. A refusal undoes the transfer
-- alone; any other error undoes everything.
CREATE OR REPLACE FUNCTION engine.run_schedule(schedule_number bigint, "timestamp" bigint)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_schedule ledger.schedules;
    v_newest bigint;
    v_receipt bank.transfer_receipt;
    v_run ledger.schedule_runs;
    v_detail text;
BEGIN
    SELECT s.* INTO v_schedule
    FROM ledger.schedules AS s
    WHERE s.schedule_number = run_schedule.schedule_number
        AND s.status = 'active'
        AND s.next_run_at <= run_schedule."timestamp"
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- What is due by then on either account is posted, and may make the newest leg a later one.
    v_newest := (
        SELECT max(greatest(a.last_timestamp, CASE WHEN a.next_due_at <= v_schedule.next_run_at
            THEN (
                SELECT max(d.due_at)
                FROM engine.due AS d
                WHERE d.account_id = a.account_id AND d.due_at <= v_schedule.next_run_at
            )
        END))
        FROM ledger.accounts AS a
        WHERE a.account_id IN (v_schedule.account_id, v_schedule.target_account_id)
    );

    v_run.run_number := v_schedule.runs + 1;
    v_run.recorded_at := engine.now();
    BEGIN
        v_receipt := bank.transfer_at(
            v_schedule.account_id, v_schedule.target_account_id, v_schedule.amount,
            "timestamp" => CASE WHEN v_schedule.next_run_at >= v_newest
                THEN v_schedule.next_run_at
                ELSE greatest(run_schedule."timestamp", v_newest)
            END,
            metadata => v_schedule.metadata
        );
        v_run.transaction_id := v_receipt.transaction_id;
        v_run."timestamp" := v_receipt."timestamp";
    EXCEPTION
        WHEN SQLSTATE 'TL000' THEN  -- the class: every refusal
            GET STACKED DIAGNOSTICS v_run.code = MESSAGE_TEXT, v_detail = PG_EXCEPTION_DETAIL;
            v_run.detail := v_detail::jsonb;
    END;
    INSERT INTO ledger.schedule_runs (
        account_id, schedule_number, run_number, occurrence, attempt, due_at, recorded_at,
        transaction_id, "timestamp", code, detail
    )
    VALUES (
        v_schedule.account_id, v_schedule.schedule_number, v_run.run_number,
        v_schedule.occurrence, v_schedule.attempt, v_schedule.next_run_at, v_run.recorded_at,
        v_run.transaction_id, v_run."timestamp", v_run.code, v_run.detail
    );

    v_schedule := engine.after_run(v_schedule, v_run.code, run_schedule."timestamp");
    UPDATE ledger.schedules AS s
    SET status = v_schedule.status, occurrence = v_schedule.occurrence,
        attempt = v_schedule.attempt, runs = v_run.run_number,
        next_run_at = v_schedule.next_run_at, ended_at = v_schedule.ended_at
    WHERE s.schedule_number = v_schedule.schedule_number;
    RETURN v_run.code IS NULL;
END;
$function$;

COMMENT ON FUNCTION engine.run_schedule(bigint, bigint) IS
    'Internal: attempts a due scheduled transfer and records it; NULL where it is not due any '
    'more.';
REVOKE ALL ON FUNCTION engine.run_schedule(bigint, bigint) FROM PUBLIC;
