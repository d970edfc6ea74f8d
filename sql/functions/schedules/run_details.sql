-- run_details: what the leg that ends an occurrence says of it, beside what a refusal adds.
--
--   Returns  {schedule_id, occurrence, attempt, due_at, next_run_at}: which attempt at which
--            occurrence it was, when that was due, and when the next occurrence is, if there is one
--
-- So the log tells all that a schedule's row does, even where a time zone has changed its rules.
CREATE OR REPLACE FUNCTION engine.run_details(
    schedule_number bigint, occurrence bigint, attempt bigint, due_at bigint, next_run_at bigint
)
RETURNS jsonb
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT jsonb_build_object(
        'schedule_id', 'schedule' || schedule_number, 'occurrence', occurrence,
        'attempt', attempt, 'due_at', due_at, 'next_run_at', next_run_at
    )
$function$;

COMMENT ON FUNCTION engine.run_details(bigint, bigint, bigint, bigint, bigint) IS
    'Internal: what a leg says of the run of a schedule.';
REVOKE ALL ON FUNCTION engine.run_details(bigint, bigint, bigint, bigint, bigint) FROM PUBLIC;
