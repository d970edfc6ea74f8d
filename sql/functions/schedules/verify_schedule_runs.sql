-- verify_schedule_runs: see that scheduled transfers were made as they were scheduled, and once.
--
--   Returns  the violations of schedules_keep_runs, runs_posted, runs_in_time
--
-- A time zone may have changed its rules since a time was told, so by other zones than UTC that may
-- be up to a day away from what is computed now; legs tell exactly when it was.
CREATE OR REPLACE FUNCTION engine.verify_schedule_runs()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET enable_nestloop = off  -- nothing is known of how many rows there are of what legs say
AS $function$
BEGIN
    RETURN QUERY
    SELECT
        'schedules_keep_runs', coalesce(s.account_id, r.account_id), json_build_object(
            'schedule_id', 'schedule' || coalesce(s.schedule_number, r.schedule_number),
            'runs', s.runs, 'recorded', r.runs
        )
    FROM ledger.schedules AS s
    FULL JOIN (
        SELECT
            r.account_id, r.schedule_number, count(*) AS runs, max(r.run_number) AS newest
        FROM ledger.schedule_runs AS r
        GROUP BY r.account_id, r.schedule_number
    ) AS r ON r.account_id = s.account_id AND r.schedule_number = s.schedule_number
    WHERE s.runs IS DISTINCT FROM coalesce(r.runs, 0)
        OR r.newest <> r.runs;

    RETURN QUERY
    WITH told AS MATERIALIZED (
        SELECT
            l.*,
            row_number() OVER of_schedule AS nth,
            lag(l.details -> 'next_run_at') OVER of_schedule AS announced,
            max(l.version) FILTER (WHERE l.kind = 'end') OVER (PARTITION BY l.schedule_id)
                AS cancelled_in
        FROM engine.schedule_legs AS l
        WHERE l.kind <> 'made'
        WINDOW of_schedule AS (PARTITION BY l.schedule_id ORDER BY l.version)
    ), ran AS (
        SELECT
            r.*,
            'schedule' || r.schedule_number AS schedule_id,
            s.account_id AS source, s.target_account_id, s.amount, s.run_at, s.metadata,
            min(r.due_at) OVER of_occurrence AS first_due_at,
            r.run_number = max(r.run_number) OVER of_occurrence
            AND (r.code IS NULL OR s.occurrence > r.occurrence OR s.status = 'failed') AS ends
        FROM ledger.schedule_runs AS r
        LEFT JOIN ledger.schedules AS s ON s.schedule_number = r.schedule_number
        WINDOW of_occurrence AS (PARTITION BY r.schedule_number, r.occurrence)
    )
    SELECT
        'runs_posted', coalesce(r.account_id, l.account_id), json_build_object(
            'schedule_id', coalesce(r.schedule_id, l.schedule_id),
            'run_number', r.run_number, 'occurrence', coalesce(
                to_jsonb(r.occurrence), l.details -> 'occurrence'
            ), 'transaction_id', coalesce(r.transaction_id, l.transaction_id)
        )
    FROM (SELECT ran.* FROM ran WHERE ran.ends OR ran.code IS NULL) AS r
    FULL JOIN (SELECT told.* FROM told WHERE told.kind = 'run') AS l
        ON l.schedule_id = r.schedule_id AND l.details -> 'occurrence' = to_jsonb(r.occurrence)
    WHERE NOT coalesce(
        (l.account_id, l.account_id, l.nth, l.metadata, l.version < l.cancelled_in)
            IS NOT DISTINCT FROM (
                r.source, r.account_id, r.occurrence, r.metadata,
                CASE WHEN l.cancelled_in IS NOT NULL THEN true END
            )
        AND coalesce(l.announced, to_jsonb(r.run_at)) = to_jsonb(r.first_due_at)
        AND l.details - ARRAY['next_run_at', 'code', 'detail'] = engine.run_details(
            r.schedule_number, r.occurrence, r.attempt, r.due_at, NULL
        ) - 'next_run_at'
        AND l.details ? 'next_run_at'
        AND CASE WHEN r.code IS NULL
            THEN (
                l.operation, l.transaction_id, l."timestamp", l.amount, l.contra_account_id
            ) = (
                'transfer', r.transaction_id, r."timestamp", -r.amount, r.target_account_id
            )
            ELSE l.operation = 'schedule_failed'
                AND (l.details -> 'code', l.details -> 'detail')
                IS NOT DISTINCT FROM (to_jsonb(r.code), r.detail)
        END, false
    );

    RETURN QUERY
    SELECT 'runs_in_time', due.account_id, json_build_object(
        'schedule_id', due.schedule_id, 'occurrence', due.occurrence, 'attempt', due.attempt,
        'due_at', due.due_at
    )
    FROM (
        SELECT
            s.account_id, l.schedule_id, s.run_at, s.every, s.time_zone, s.until, r.occurrence,
            r.attempt, r.due_at, r.tried_at, r.transaction_id,
            lag(r.attempt) OVER of_occurrence AS attempt_before,
            lag(r.code) OVER of_occurrence AS code_before,
            lag(r.tried_at + engine.retry_after(r.attempt)) OVER of_occurrence AS retried_at,
            r.occurrence <= 1 + count(r.transaction_id) OVER of_schedule
            + count(r.code) OVER of_schedule AS countable
        FROM ledger.schedules AS s
        INNER JOIN engine.schedule_legs AS l
            ON l.schedule_id = 'schedule' || s.schedule_number
                AND l.kind = 'made'
                AND l.details = engine.schedule_details(s)
        INNER JOIN (
            SELECT
                r.schedule_number, r.occurrence, r.attempt, r.due_at, r.tried_at, r.run_number,
                r.code, r.transaction_id
            FROM ledger.schedule_runs AS r
            UNION ALL
            SELECT
                a.schedule_number, a.occurrence, a.attempt, a.next_run_at, a.next_run_at,
                a.runs + 1, NULL, NULL
            FROM ledger.schedules AS a
            WHERE a.status = 'active'
        ) AS r
            ON r.schedule_number = s.schedule_number
        WINDOW
            of_schedule AS (PARTITION BY s.schedule_number),
            of_occurrence AS (PARTITION BY s.schedule_number, r.occurrence ORDER BY r.run_number)
    ) AS due
    WHERE NOT coalesce(CASE
        WHEN due.attempt_before IS NOT NULL
            THEN due.attempt = due.attempt_before + 1
                AND due.code_before = 'insufficient_funds'
                AND due.due_at = due.retried_at
        WHEN due.countable
            THEN due.attempt = 1
                AND due.due_at < coalesce(due.until, 9223372036854775807)
                AND abs(due.due_at - engine.occurrence(
                    due.run_at, due.every, due.time_zone, due.occurrence
                )) <= CASE due.time_zone WHEN 'UTC' THEN 0 ELSE 86400000 END
    END AND due.tried_at >= due.due_at, false);
END;
$function$;

COMMENT ON FUNCTION engine.verify_schedule_runs() IS
    'Internal: the violations of the runs of schedules.';
REVOKE ALL ON FUNCTION engine.verify_schedule_runs() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('schedules_keep_runs', 'Each schedule has all its runs.', 'verify_schedule_runs'),
('runs_posted', 'Each occurrence that is over has one leg, its transfer as it was scheduled or why it was given up, and each such leg its run.', 'verify_schedule_runs'),
('runs_in_time', 'Each occurrence is due when run_at and every say, and tried again 1, 4 and 24 hours later, where it lacked money.', 'verify_schedule_runs');
