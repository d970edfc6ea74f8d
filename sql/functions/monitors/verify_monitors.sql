-- verify_monitors: see that monitors are what their legs say, and were evaluated after every leg.
--
--   Returns  the violations of monitors_logged, monitors_evaluated, accounts_know_monitors
CREATE OR REPLACE FUNCTION engine.verify_monitors()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'monitors_logged', coalesce(m.account_id, l.account_id), json_build_object(
        'monitor_id', coalesce(m.details ->> 'monitor_id', l.monitor_id),
        'kept', m.details, 'active', m.active, 'sealed', l.details, 'deletions', l.deletions
    )
    FROM (
        SELECT
            m.*,
            engine.monitor_details(m.monitor_number, m.field, m.comparison, m.value) AS details
        FROM ledger.monitors AS m
    ) AS m
    FULL JOIN (
        -- One row per monitor: what made it, and how often it was made and deleted.
        SELECT DISTINCT ON (t.account_id, t.details ->> 'monitor_id')
            t.details ->> 'monitor_id' AS monitor_id,
            t.account_id, t.operation, t.transaction_id, t."timestamp", t.metadata, t.details,
            count(*) FILTER (WHERE t.operation = 'create_monitor') OVER of_monitor AS creations,
            count(*) FILTER (WHERE t.operation = 'delete_monitor') OVER of_monitor AS deletions
        FROM ledger.ledger_transactions AS t
        WHERE t.operation IN ('create_monitor', 'delete_monitor')
        WINDOW of_monitor AS (PARTITION BY t.account_id, t.details ->> 'monitor_id')
        ORDER BY t.account_id, t.details ->> 'monitor_id', t.operation, t.version
    ) AS l ON l.account_id = m.account_id AND l.monitor_id = m.details ->> 'monitor_id'
    WHERE (
        m.account_id, m.transaction_id, m.created_at, m.metadata::text, m.details, 1,
        CASE WHEN m.active THEN 0 ELSE 1 END
    ) IS DISTINCT FROM (
        l.account_id, l.transaction_id, l."timestamp", l.metadata::text, l.details, l.creations,
        l.deletions
    );

    RETURN QUERY
    SELECT 'monitors_evaluated', m.account_id, json_build_object(
        'monitor_id', 'monitor' || m.monitor_number, 'triggered', m.triggered,
        'actual', engine.monitored_value(
            m.field, a.balance, a.held, a.overdraft_limit
        )
    )
    FROM ledger.monitors AS m
    LEFT JOIN ledger.accounts AS a ON a.account_id = m.account_id
    WHERE m.active
        AND engine.is_met(engine.monitored_value(
            m.field, a.balance, a.held, a.overdraft_limit
        ), m.comparison, m.value)
        IS DISTINCT FROM m.triggered;

    RETURN QUERY
    SELECT 'accounts_know_monitors', a.account_id::text, json_build_object(
        'monitored', a.monitored
    )
    FROM ledger.accounts AS a
    WHERE a.monitored <> EXISTS (
        SELECT FROM ledger.monitors AS m WHERE m.account_id = a.account_id AND m.active
    );
END;
$function$;

COMMENT ON FUNCTION engine.verify_monitors() IS
    'Internal: the violations of monitors.';
REVOKE ALL ON FUNCTION engine.verify_monitors() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('monitors_logged', 'A monitor is as the one leg says that made it, and active until the one that deletes it.', 'verify_monitors'),
('monitors_evaluated', 'Each monitor knows whether its condition holds.', 'verify_monitors'),
('accounts_know_monitors', 'The accounts that have active monitors say so.', 'verify_monitors');
