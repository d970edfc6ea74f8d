-- after_run: what a schedule does after a run.
--
--   Returns  its row as it should be stored, but for ended_at, which its leg tells
--
-- The rule: insufficient_funds is tried again 1, 4 and 24 hours after the attempt before, unless
-- the next occurrence would come first. Any other refusal, and the last of those, ends the
-- occurrence. A recurring schedule goes on with the next, except that account_closed is for ever.
CREATE OR REPLACE FUNCTION engine.after_run(
    schedule ledger.schedules, code text, "timestamp" bigint
)
RETURNS ledger.schedules
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_next bigint;
    v_retry bigint;
BEGIN
    IF schedule.every IS NOT NULL THEN
        v_next := engine.occurrence(
            schedule.run_at, schedule.every, schedule.time_zone, schedule.occurrence + 1
        );
        IF v_next >= schedule.until OR v_next > 253402300799999 THEN  -- the end of the year 9999
            v_next := NULL;
        END IF;
    END IF;
    IF code = 'insufficient_funds' THEN
        v_retry := after_run."timestamp" + engine.retry_after(schedule.attempt);
        IF v_retry <= 9007199254740991 AND (v_retry >= v_next) IS NOT TRUE THEN
            schedule.attempt := schedule.attempt + 1;
            schedule.next_run_at := v_retry;
            RETURN schedule;
        END IF;
    END IF;

    IF v_next IS NOT NULL AND code IS DISTINCT FROM 'account_closed' THEN
        schedule.occurrence := schedule.occurrence + 1;
        schedule.attempt := 1;
        schedule.next_run_at := v_next;
        RETURN schedule;
    END IF;
    schedule.status := CASE WHEN code IS NULL THEN 'completed' ELSE 'failed' END;
    schedule.next_run_at := NULL;
    RETURN schedule;
END;
$function$;

COMMENT ON FUNCTION engine.after_run(ledger.schedules, text, bigint) IS
    'Internal: a schedule''s row after a run that came to code (NULL: success) at a moment (ms).';
REVOKE ALL ON FUNCTION engine.after_run(ledger.schedules, text, bigint) FROM PUBLIC;
