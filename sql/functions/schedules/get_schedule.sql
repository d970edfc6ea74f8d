-- get_schedule: a schedule as of now.
--
--   Returns  the schedule
--   Errors   schedule_not_found
CREATE OR REPLACE FUNCTION bank.get_schedule(schedule_id text)
RETURNS bank.schedule
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN engine.show_schedule(engine.read_schedule(get_schedule.schedule_id));
END;
$function$;

COMMENT ON FUNCTION bank.get_schedule(text) IS
    'A schedule as of now.';
REVOKE ALL ON FUNCTION bank.get_schedule(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.get_schedule(text) TO bank_teller, bank_auditor;
