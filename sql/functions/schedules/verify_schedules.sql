-- verify_schedules: see that schedules are what their legs say they are.
--
--   Returns  the violations of schedules_logged, schedules_follow_legs, schedules_have_turns
--
-- What legs say is compared as the JSON it is, so that a forged one does not break this off.
CREATE OR REPLACE FUNCTION engine.verify_schedules()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET enable_nestloop = off  -- nothing is known of how many rows there are of what legs say
AS $function$
BEGIN
    RETURN QUERY
    WITH told AS MATERIALIZED (
        SELECT
            l.*,
            count(*) OVER of_kind AS legs,
            row_number() OVER (of_kind ORDER BY l.version DESC) = 1 AS newest
        FROM engine.schedule_legs AS l
        WINDOW of_kind AS (PARTITION BY l.schedule_id, l.kind)
    ), kept AS (
        SELECT
            s.*,
            'schedule' || s.schedule_number AS schedule_id,
            engine.schedule_details(s) AS details
        FROM ledger.schedules AS s
    ), stood AS (
        SELECT
            k.*,
            run.operation AS ran,
            run."timestamp" AS ran_at,
            cancelled."timestamp" AS cancelled_at,
            coalesce(run.legs, 0) AS ended,
            coalesce(run.details -> 'next_run_at', to_jsonb(k.run_at)) AS announced,
            coalesce(tried.runs, 0) AS tries,
            tried.newest AS tried_at,
            CASE
                WHEN cancelled.schedule_id IS NOT NULL THEN 'cancelled'
                WHEN run.schedule_id IS NULL OR run.details ->> 'next_run_at' IS NOT NULL
                    THEN 'active'
                WHEN run.operation = 'transfer' THEN 'completed'
                ELSE 'failed'
            END AS stands
        FROM kept AS k
        LEFT JOIN told AS run
            ON run.schedule_id = k.schedule_id AND run.kind = 'run' AND run.newest
        LEFT JOIN told AS cancelled
            ON cancelled.schedule_id = k.schedule_id AND cancelled.kind = 'end'
                AND cancelled.newest
        LEFT JOIN (
            SELECT
                r.schedule_number, r.occurrence, count(*) AS runs, max(r.tried_at) AS newest
            FROM ledger.schedule_runs AS r
            GROUP BY r.schedule_number, r.occurrence
        ) AS tried
            ON tried.schedule_number = k.schedule_number AND tried.occurrence = k.occurrence
    )
    SELECT
        'schedules_logged', coalesce(k.account_id, l.account_id), json_build_object(
            'schedule_id', coalesce(k.schedule_id, l.schedule_id), 'kept', k.details,
            'sealed', l.details
        )
    FROM kept AS k
    FULL JOIN (SELECT t.* FROM told AS t WHERE t.kind = 'made') AS l
        ON l.schedule_id = k.schedule_id
    WHERE (k.account_id, k.details, k.metadata, k.created_at, 1)
        IS DISTINCT FROM (l.account_id, l.details, l.metadata, l."timestamp", l.legs)
    UNION ALL
    SELECT
        'schedules_follow_legs', s.account_id, json_build_object(
            'schedule_id', s.schedule_id, 'status', s.status, 'occurrence', s.occurrence,
            'attempt', s.attempt, 'next_run_at', s.next_run_at, 'ended_at', s.ended_at,
            'stands', s.stands, 'ended', s.ended, 'tries', s.tries, 'announced', s.announced
        )
    FROM stood AS s
    WHERE (s.status, s.occurrence, s.attempt, s.ended_at, to_jsonb(s.next_run_at))
        IS DISTINCT FROM (
            s.stands,
            s.ended + CASE WHEN s.stands IN ('active', 'cancelled') THEN 1 ELSE 0 END,
            s.tries + CASE WHEN s.stands IN ('active', 'cancelled') THEN 1 ELSE 0 END,
            CASE s.stands WHEN 'active' THEN NULL WHEN 'cancelled' THEN s.cancelled_at
                ELSE s.ran_at
            END,
            CASE WHEN s.stands = 'active' THEN CASE s.tries WHEN 0 THEN s.announced
                ELSE to_jsonb(s.tried_at + engine.retry_after(s.tries))
            END END
        );

    RETURN QUERY
    SELECT 'schedules_have_turns', s.account_id, json_build_object(
        'next_run_at', min(s.next_run_at), 'turn_at', t.turn_at
    )
    FROM ledger.schedules AS s
    LEFT JOIN ledger.schedule_turns AS t ON t.account_id = s.account_id
    WHERE s.status = 'active'
    GROUP BY s.account_id, t.turn_at
    HAVING (t.turn_at <= greatest(min(s.next_run_at), engine.now())) IS NOT TRUE;
END;
$function$;

COMMENT ON FUNCTION engine.verify_schedules() IS
    'Internal: the violations of schedules, compared with their legs.';
REVOKE ALL ON FUNCTION engine.verify_schedules() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('schedules_logged', 'A schedule pays whom, what and when the leg says that made it, once for each.', 'verify_schedules'),
('schedules_follow_legs', 'Where a schedule stands, and when it is tried next, is what its legs and attempts have led to.', 'verify_schedules'),
('schedules_have_turns', 'An account that pays schedules is looked at no later than one is due, or than now.', 'verify_schedules');
