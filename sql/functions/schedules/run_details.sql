-- run_details: what the leg of an attempt says of it, beside what a refusal adds.
--
--   Returns  {schedule_id, occurrence, attempt, due_at, next_run_at}: which attempt at which
--            occurrence it was, when that was due, and when the next one is, if there is one
--
-- So the log tells all that a schedule's row does, even where a time zone has changed its rules.
CREATE OR REPLACE FUNCTION engine.run_details(schedule ledger.schedules, next_run_at bigint)
RETURNS jsonb
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT jsonb_build_object(
        'schedule_id', 'schedule' || (schedule).schedule_number,
        'occurrence', (schedule).occurrence, 'attempt', (schedule).attempt,
        'due_at', (schedule).next_run_at, 'next_run_at', run_details.next_run_at
    )
$function$;

COMMENT ON FUNCTION engine.run_details(ledger.schedules, bigint) IS
    'Internal: what a leg says of an attempt that a schedule stands before.';
REVOKE ALL ON FUNCTION engine.run_details(ledger.schedules, bigint) FROM PUBLIC;
