-- run_schedule: attempt a scheduled transfer whose accounts are locked, and note what came of it.
--
--   Returns  whether the transfer was made; NULL where somebody else has run the schedule meanwhile
--   Writes   the legs of a transfer, or a zero-amount one that says why there is none:
--            schedule_postponed where it is tried again, schedule_failed where the occurrence is
--            given up; ledger.schedule_runs, ledger.schedules
--   Locks    the schedule, which nobody else has, since the caller holds both accounts: so that a
--            transaction that reads by an old snapshot gets 40001, and makes no run of it twice
--
-- The transfer counts from when it was due, whoever runs it and however late, unless an account has
-- a newer leg already: then from the moment given, or from that leg. So does the leg of a refusal,
-- which undoes the transfer alone; any other error undoes everything.
CREATE OR REPLACE FUNCTION engine.run_schedule(schedule_number bigint, "timestamp" bigint)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_schedule ledger.schedules;
    v_after ledger.schedules;
    v_newest bigint;
    v_timestamp bigint;
    v_operation text;
    v engine.parties;
    v_transaction_id bigint;
    v_code text;
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
    v_timestamp := CASE WHEN v_schedule.next_run_at >= v_newest
        THEN v_schedule.next_run_at
        ELSE greatest(run_schedule."timestamp", v_newest)
    END;

    v_after := engine.after_run(v_schedule, NULL, run_schedule."timestamp");
    BEGIN
        v := engine.prepare(
            v_schedule.account_id, v_schedule.target_account_id, v_timestamp, NULL, 'transfer', NULL
        );
        IF engine.check_parties(v, v_schedule.amount, v_schedule.amount) IS NOT NULL THEN
            PERFORM engine.refuse_parties(v, v_schedule.amount, v_schedule.amount);
        END IF;
        v_transaction_id := engine.book(
            v, nextval('ledger.transaction_seq'), 'transfer', -v_schedule.amount,
            metadata => v_schedule.metadata,
            details => engine.run_details(v_schedule, v_after.next_run_at)
        );
    EXCEPTION
        WHEN SQLSTATE 'TL000' THEN  -- the class: every refusal
            GET STACKED DIAGNOSTICS v_code = MESSAGE_TEXT, v_detail = PG_EXCEPTION_DETAIL;
            v_after := engine.after_run(v_schedule, v_code, run_schedule."timestamp");
    END;
    IF v_code IS NOT NULL THEN
        v_operation := CASE
            WHEN v_after.status = 'active' AND v_after.occurrence = v_schedule.occurrence
                THEN 'schedule_postponed'
            ELSE 'schedule_failed'
        END;
        v := engine.prepare(v_schedule.account_id, NULL, v_timestamp, NULL, v_operation, NULL);
        v_transaction_id := engine.book(
            v, nextval('ledger.transaction_seq'), v_operation, 0,
            metadata => v_schedule.metadata,
            details => engine.run_details(v_schedule, v_after.next_run_at)
            || jsonb_build_object('code', v_code, 'detail', v_detail::jsonb)
        );
    END IF;

    INSERT INTO ledger.schedule_runs (account_id, schedule_number, run_number, transaction_id)
    VALUES (
        v_schedule.account_id, v_schedule.schedule_number, v_schedule.runs + 1, v_transaction_id
    );
    UPDATE ledger.schedules AS s
    SET status = v_after.status,
        occurrence = v_after.occurrence,
        attempt = v_after.attempt,
        runs = s.runs + 1,
        next_run_at = v_after.next_run_at,
        ended_at = CASE WHEN v_after.status <> 'active' THEN v_timestamp END
    WHERE s.schedule_number = v_schedule.schedule_number;
    RETURN v_code IS NULL;
END;
$function$;

COMMENT ON FUNCTION engine.run_schedule(bigint, bigint) IS
    'Internal: attempts a due scheduled transfer and records it; NULL where it is not due any '
    'more.';
REVOKE ALL ON FUNCTION engine.run_schedule(bigint, bigint) FROM PUBLIC;
