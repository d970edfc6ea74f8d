-- verify_schedules: see that schedules are what their legs say they are.
--
--   Returns  the violations of schedules_logged, schedules_follow_legs, schedules_have_turns
--
-- What legs say is compared as the JSON it is, so that a forged one does not break this off.
CREATE OR REPLACE FUNCTION engine.verify_schedules(account_id text DEFAULT NULL)
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
        WHERE engine.is_asked(l.account_id, verify_schedules.account_id)
        WINDOW of_kind AS (PARTITION BY l.schedule_id, l.kind)
    ), kept AS (
        SELECT
            s.*,
            'schedule' || s.schedule_number AS schedule_id,
            engine.schedule_details(s) AS details
        FROM ledger.schedules AS s
        WHERE engine.is_asked(s.account_id, verify_schedules.account_id)
    ), stood AS (
        SELECT
            k.*,
            run.operation AS ran,
            run.details AS told,
            coalesce(run.legs, 0) AS attempts,
            CASE
                WHEN cancelled.schedule_id IS NOT NULL THEN 'cancelled'
                WHEN run.schedule_id IS NULL OR run.details ->> 'next_run_at' IS NOT NULL
                    THEN 'active'
                WHEN run.operation = 'transfer' THEN 'completed'
                ELSE 'failed'
            END AS stands,
            coalesce(cancelled."timestamp", run."timestamp") AS ends_at,
            coalesce(run.details -> 'next_run_at', to_jsonb(k.run_at)) AS announced
        FROM kept AS k
        LEFT JOIN told AS run
            ON run.schedule_id = k.schedule_id AND run.kind = 'run' AND run.newest
        LEFT JOIN told AS cancelled
            ON cancelled.schedule_id = k.schedule_id AND cancelled.kind = 'end'
                AND cancelled.newest
    )
    SELECT
        'schedules_logged', coalesce(k.account_id, l.account_id), json_build_object(
            'schedule_id', coalesce(k.schedule_id, l.schedule_id), 'kept', k.details,
            'sealed', l.details
        )
    FROM kept AS k
    FULL JOIN (SELECT t.* FROM told AS t WHERE t.kind = 'made') AS l
        ON l.schedule_id = k.schedule_id
    WHERE (k.account_id, k.details, k.metadata::text, k.created_at, 1)
        IS DISTINCT FROM (l.account_id, l.details, l.metadata::text, l."timestamp", l.legs)
    UNION ALL
    SELECT
        'schedules_follow_legs', s.account_id, json_build_object(
            'schedule_id', s.schedule_id, 'status', s.status, 'occurrence', s.occurrence,
            'attempt', s.attempt, 'runs', s.runs, 'next_run_at', s.next_run_at,
            'ended_at', s.ended_at, 'stands', s.stands, 'attempts', s.attempts, 'told', s.told
        )
    FROM stood AS s
    WHERE NOT coalesce(
        (s.status, s.runs) = (s.stands, s.attempts)
        AND CASE s.stands
            WHEN 'active' THEN s.ended_at IS NULL AND to_jsonb(s.next_run_at) = s.announced
            ELSE s.ended_at = s.ends_at AND s.next_run_at IS NULL
        END
        -- While active it points at its next attempt, once ended at its last.
        AND CASE
            WHEN s.stands IN ('completed', 'failed') THEN
                (s.told -> 'occurrence', s.told -> 'attempt')
                = (to_jsonb(s.occurrence), to_jsonb(s.attempt))
            WHEN s.ran = 'schedule_postponed' THEN
                (s.told -> 'occurrence', s.told -> 'attempt')
                = (to_jsonb(s.occurrence), to_jsonb(s.attempt - 1))
            ELSE coalesce(s.told -> 'occurrence', '0') = to_jsonb(s.occurrence - 1)
                AND s.attempt = 1
        END, false
    );

    RETURN QUERY
    SELECT 'schedules_have_turns', coalesce(s.account_id, t.account_id), json_build_object(
        'next_run_at', s.next_run_at, 'turn_at', t.turn_at
    )
    FROM (
        SELECT s.account_id, min(s.next_run_at) AS next_run_at
        FROM ledger.schedules AS s
        WHERE s.status = 'active'
            AND engine.is_asked(s.account_id, verify_schedules.account_id)
        GROUP BY s.account_id
    ) AS s
    FULL JOIN (
        SELECT t.*
        FROM ledger.schedule_turns AS t
        WHERE engine.is_asked(t.account_id, verify_schedules.account_id)
    ) AS t ON t.account_id = s.account_id
    WHERE CASE WHEN s.account_id IS NULL
        THEN t.turn_at IS NOT NULL
        ELSE (t.turn_at <= greatest(s.next_run_at, engine.now())) IS NOT TRUE
    END;
END;
$function$;

COMMENT ON FUNCTION engine.verify_schedules(text) IS
    'Internal: the violations of schedules, compared with their legs.';
REVOKE ALL ON FUNCTION engine.verify_schedules(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('schedules_logged', 'A schedule pays whom, what and when the leg says that made it, once for each.', 'verify_schedules', true),
('schedules_follow_legs', 'Where a schedule stands, and when it is tried next, is what its legs have led to.', 'verify_schedules', true),
('schedules_have_turns', 'An account that pays schedules is looked at no later than one is due, or than now, and no other account is.', 'verify_schedules', true);
