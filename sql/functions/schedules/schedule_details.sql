-- schedule_details: what the leg that makes a schedule says of it.
--
--   Returns  {schedule_id, target_account_id, amount, run_at, every, until, time_zone}
CREATE OR REPLACE FUNCTION engine.schedule_details(schedule ledger.schedules)
RETURNS jsonb
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT jsonb_build_object(
        'schedule_id', 'schedule' || (schedule).schedule_number,
        'target_account_id', (schedule).target_account_id, 'amount', (schedule).amount,
        'run_at', (schedule).run_at, 'every', (schedule).every, 'until', (schedule).until,
        'time_zone', (schedule).time_zone
    )
$function$;

COMMENT ON FUNCTION engine.schedule_details(ledger.schedules) IS
    'Internal: all that a schedule was made with, for the details of its leg.';
REVOKE ALL ON FUNCTION engine.schedule_details(ledger.schedules) FROM PUBLIC;
