-- run_schedule: attempt a scheduled transfer whose accounts are locked, and note what came of it.
--
--   Returns  whether the transfer was made; NULL where somebody else has run the schedule meanwhile
--   Writes   what bank.transfer writes; ledger.schedule_runs, ledger.schedules
--   Locks    nothing: the caller holds both accounts
--
-- The transfer counts from when it was due, whoever runs it and however late, unless an account has
-- a newer leg already: then from the moment given, or from that leg. A refusal undoes the transfer
-- alone; any other error undoes everything.
CREATE OR REPLACE FUNCTION engine.run_schedule(
    account_id text, schedule_number bigint, "timestamp" bigint
)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_schedule ledger.schedules;
    v_source ledger.accounts;
    v_target ledger.accounts;
    v_newest bigint;
    v_receipt bank.transfer_receipt;
    v_run ledger.schedule_runs;
    v_detail text;
BEGIN
    SELECT s.* INTO v_schedule
    FROM ledger.schedules AS s
    WHERE s.account_id = run_schedule.account_id
        AND s.schedule_number = run_schedule.schedule_number
        AND s.status = 'active'
        AND s.next_run_at <= run_schedule."timestamp";
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    v_source := engine.lock_account(v_schedule.account_id);
    v_target := engine.read_account(v_schedule.target_account_id);
    v_newest := greatest(v_source.last_timestamp, v_target.last_timestamp);

    v_run.account_id := v_schedule.account_id;
    v_run.schedule_number := v_schedule.schedule_number;
    v_run.run_number := v_schedule.runs + 1;
    v_run.occurrence := v_schedule.occurrence;
    v_run.attempt := v_schedule.attempt;
    v_run.due_at := v_schedule.next_run_at;
    v_run.recorded_at := engine.now();
    BEGIN
        v_receipt := bank.transfer(
            v_schedule.account_id, v_schedule.target_account_id, v_schedule.amount,
            CASE WHEN v_schedule.next_run_at >= v_newest THEN v_schedule.next_run_at
            ELSE greatest(run_schedule."timestamp", v_newest) END,
            v_schedule.metadata
        );
        v_run.transaction_id := v_receipt.transaction_id;
        v_run."timestamp" := v_receipt."timestamp";
    EXCEPTION
        WHEN SQLSTATE 'TL000' THEN  -- the class: every refusal
            GET STACKED DIAGNOSTICS v_run.code = MESSAGE_TEXT, v_detail = PG_EXCEPTION_DETAIL;
            v_run.detail := v_detail::jsonb;
    END;
    INSERT INTO ledger.schedule_runs VALUES (v_run.*);

    v_schedule := engine.after_run(v_schedule, v_run.code, run_schedule."timestamp");
    UPDATE ledger.schedules AS s
    SET status = v_schedule.status, occurrence = v_schedule.occurrence,
        attempt = v_schedule.attempt, runs = v_run.run_number,
        next_run_at = v_schedule.next_run_at, ended_at = v_schedule.ended_at
    WHERE s.account_id = v_schedule.account_id
        AND s.schedule_number = v_schedule.schedule_number;
    RETURN v_run.code IS NULL;
END;
$function$;

COMMENT ON FUNCTION engine.run_schedule(text, bigint, bigint) IS
    'Internal: attempts a due scheduled transfer and records it; NULL where it is not due any '
    'more.';
REVOKE ALL ON FUNCTION engine.run_schedule(text, bigint, bigint) FROM PUBLIC;
