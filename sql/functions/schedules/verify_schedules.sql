-- verify_schedules: see that scheduled transfers were made as they were scheduled, and once.
--
--   Returns  the violations of schedules_keep_runs, runs_posted
CREATE OR REPLACE FUNCTION engine.verify_schedules()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT
        'schedules_keep_runs', coalesce(s.account_id, r.account_id), json_build_object(
            'schedule_id', 'schedule' || coalesce(s.schedule_number, r.schedule_number),
            'runs', s.runs, 'recorded', r.runs, 'occurrences', s.occurrence, 'paid', r.paid
        )
    FROM ledger.schedules AS s
    FULL JOIN (
        SELECT
            r.account_id, r.schedule_number, count(*) AS runs, max(r.run_number) AS newest,
            count(r.transaction_id) AS paid,
            count(DISTINCT CASE WHEN r.code IS NULL THEN r.occurrence END) AS occurrences
        FROM ledger.schedule_runs AS r
        GROUP BY r.account_id, r.schedule_number
    ) AS r ON r.account_id = s.account_id AND r.schedule_number = s.schedule_number
    WHERE s.runs IS DISTINCT FROM coalesce(r.runs, 0)
        OR r.newest <> r.runs
        OR r.paid <> r.occurrences
        OR r.paid > s.occurrence;

    RETURN QUERY
    SELECT 'runs_posted', r.account_id, json_build_object(
        'schedule_id', 'schedule' || r.schedule_number, 'run_number', r.run_number,
        'transaction_id', r.transaction_id
    )
    FROM ledger.schedule_runs AS r
    INNER JOIN ledger.schedules AS s
        ON s.account_id = r.account_id AND s.schedule_number = r.schedule_number
    WHERE r.code IS NULL AND NOT EXISTS (
        SELECT FROM ledger.ledger_transactions AS t
        WHERE t.transaction_id = r.transaction_id
            AND t.account_id = r.account_id
            AND t.operation = 'transfer'
            AND t.amount = -s.amount
            AND t.contra_account_id = s.target_account_id
            AND t."timestamp" = r."timestamp"
    );
END;
$function$;

COMMENT ON FUNCTION engine.verify_schedules() IS
    'Internal: the violations of schedules.';
REVOKE ALL ON FUNCTION engine.verify_schedules() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('schedules_keep_runs', 'Each schedule has all its runs, and no occurrence that was paid twice.', 'verify_schedules'),
('runs_posted', 'Each run that succeeded has its transfer, as it was scheduled.', 'verify_schedules');
