-- show_schedule: a schedule as its readers see it.
--
--   Returns  the schedule
CREATE OR REPLACE FUNCTION engine.show_schedule(schedule ledger.schedules)
RETURNS bank.schedule
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_shown bank.schedule := ROW(
        'schedule' || schedule.schedule_number, schedule.account_id, schedule.target_account_id,
        schedule.amount, schedule.run_at, schedule.every, schedule.until, schedule.time_zone,
        schedule.status, schedule.next_run_at, schedule.occurrence, schedule.attempt,
        schedule.runs, schedule.created_at, schedule.ended_at, schedule.metadata
    );
BEGIN
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION engine.show_schedule(ledger.schedules) IS
    'Internal: a schedule''s row as readers see it.';
REVOKE ALL ON FUNCTION engine.show_schedule(ledger.schedules) FROM PUBLIC;
