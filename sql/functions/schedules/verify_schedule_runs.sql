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
        'schedules_keep_runs', coalesce(r.account_id, l.account_id), json_build_object(
            'schedule_id', coalesce('schedule' || r.schedule_number, l.schedule_id),
            'run_number', coalesce(r.run_number, l.nth),
            'kept', r.transaction_id, 'sealed', l.transaction_id
        )
    FROM ledger.schedule_runs AS r
    FULL JOIN (
        SELECT
            told.*,
            row_number() OVER (PARTITION BY told.schedule_id ORDER BY told.version) AS nth
        FROM engine.schedule_legs AS told
        WHERE told.kind = 'run'
    ) AS l ON l.schedule_id = 'schedule' || r.schedule_number AND l.nth = r.run_number
    WHERE (r.account_id, r.transaction_id) IS DISTINCT FROM (l.account_id, l.transaction_id);

    RETURN QUERY
    WITH told AS MATERIALIZED (
        SELECT l.* FROM engine.schedule_legs AS l
    ), counted AS (
        SELECT
            l.*,
            s.target_account_id, s.amount AS promised, s.run_at, s.every, s.time_zone, s.until,
            s.metadata AS terms,
            1 + count(*) FILTER (WHERE l.operation <> 'schedule_postponed') OVER (
                of_schedule ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS occurrence,
            lag(coalesce(l.details -> 'next_run_at', 'null'), 1, to_jsonb(s.run_at))
                OVER of_schedule AS announced
        FROM told AS l
        LEFT JOIN told AS made ON made.schedule_id = l.schedule_id AND made.kind = 'made'
        LEFT JOIN ledger.schedules AS s
            ON 'schedule' || s.schedule_number = l.schedule_id
                AND s.account_id = l.account_id
                AND engine.schedule_details(s) = made.details
        WHERE l.kind <> 'made'
        WINDOW of_schedule AS (PARTITION BY l.schedule_id ORDER BY l.version)
    ), ran AS (
        SELECT
            c.*,
            row_number() OVER (PARTITION BY c.schedule_id, c.occurrence ORDER BY c.version)
                AS attempt
        FROM counted AS c
    ), judged AS (
        SELECT
            r.*,
            r.details - ARRAY['next_run_at', 'code', 'detail'] = jsonb_build_object(
                'schedule_id', r.schedule_id, 'occurrence', r.occurrence, 'attempt', r.attempt,
                'due_at', r.announced
            )
            AND r.details ? 'next_run_at'
            AND r.metadata::text IS NOT DISTINCT FROM r.terms::text
            AND jsonb_typeof(r.announced) = 'number'  -- null would be less than any
            AND r.announced <= to_jsonb(r."timestamp")
            AND CASE r.operation
                WHEN 'transfer' THEN
                    (r.amount, r.contra_account_id) = (-r.promised, r.target_account_id)
                WHEN 'schedule_postponed' THEN
                    r.details ->> 'code' = 'insufficient_funds'
                    AND jsonb_typeof(r.details -> 'next_run_at') = 'number'
                ELSE r.details ? 'code'
            END AS posted,
            CASE
                -- Where it is not known what should be, it is not posted as it was announced.
                WHEN coalesce(r.details -> 'next_run_at', 'null') = 'null'
                    OR r.run_at IS NULL
                    OR jsonb_typeof(r.announced) <> 'number'
                    THEN true
                WHEN jsonb_typeof(r.details -> 'next_run_at') <> 'number' THEN false
                WHEN r.operation = 'schedule_postponed' THEN
                    r.details -> 'next_run_at'
                    >= to_jsonb(r.announced::numeric + engine.retry_after(r.attempt))
                ELSE r.details -> 'next_run_at' < to_jsonb(coalesce(r.until, 9223372036854775807))
                    AND abs((r.details -> 'next_run_at')::numeric - engine.occurrence(
                        r.run_at, r.every, r.time_zone, r.occurrence + 1
                    )) <= CASE r.time_zone WHEN 'UTC' THEN 0 ELSE 86400000 END
            END AS in_time
        FROM ran AS r
        WHERE r.kind = 'run'
    )
    SELECT wrong."check", j.account_id, json_build_object(
        'schedule_id', j.schedule_id, 'transaction_id', j.transaction_id,
        'occurrence', j.occurrence, 'attempt', j.attempt, 'due_at', j.announced, 'told', j.details
    )
    FROM judged AS j
    CROSS JOIN LATERAL (
        VALUES ('runs_posted', j.posted), ('runs_in_time', j.in_time)
    ) AS wrong ("check", holds)
    WHERE NOT coalesce(wrong.holds, false);
END;
$function$;

COMMENT ON FUNCTION engine.verify_schedule_runs() IS
    'Internal: the violations of the runs of schedules.';
REVOKE ALL ON FUNCTION engine.verify_schedule_runs() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('schedules_keep_runs', 'Each attempt that a leg tells of is listed, in order, and no other.', 'verify_schedule_runs'),
('runs_posted', 'Each attempt is the one that was announced, and is the transfer as it was scheduled, or says why there is none.', 'verify_schedule_runs'),
('runs_in_time', 'Each attempt is announced for when run_at and every say, or for 1, 4 and 24 hours after one that lacked money.', 'verify_schedule_runs');
