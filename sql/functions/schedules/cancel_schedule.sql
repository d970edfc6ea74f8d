-- cancel_schedule: run a schedule no more.
--
--   Returns  the schedule
--   Writes   ledger.schedules
--   Locks    the source account, so that it has run before or will not run
--   Errors   schedule_not_found, schedule_ended
--
-- A repeat is told that the schedule has ended, so there is no key to give.
CREATE OR REPLACE FUNCTION bank.cancel_schedule(schedule_id text)
RETURNS bank.schedule
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_schedule ledger.schedules := engine.read_schedule(cancel_schedule.schedule_id);
    v_now bigint := engine.now();
BEGIN
    PERFORM engine.prepare(v_schedule.account_id, NULL, NULL, NULL, NULL, NULL);
    UPDATE ledger.schedules AS s
    SET status = 'cancelled', next_run_at = NULL, ended_at = v_now
    WHERE s.schedule_number = v_schedule.schedule_number
        AND s.status = 'active'
    RETURNING s.* INTO v_schedule;
    IF NOT FOUND THEN
        v_schedule := engine.read_schedule(cancel_schedule.schedule_id);
        PERFORM engine.refuse('schedule_ended', json_build_object(
            'schedule_id', cancel_schedule.schedule_id,
            'status', v_schedule.status, 'ended_at', v_schedule.ended_at
        ));
    END IF;
    RETURN engine.show_schedule(v_schedule);
END;
$function$;

COMMENT ON FUNCTION bank.cancel_schedule(text) IS
    'Run a schedule no more. A repeat is told that it has ended, so there is no key to give.';
REVOKE ALL ON FUNCTION bank.cancel_schedule(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.cancel_schedule(text) TO bank_teller;
