-- verify_monitors: see that monitors were evaluated after every leg.
--
--   Returns  the violations of monitors_evaluated, accounts_know_monitors
CREATE OR REPLACE FUNCTION engine.verify_monitors()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
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
('monitors_evaluated', 'Each monitor knows whether its condition holds.', 'verify_monitors'),
('accounts_know_monitors', 'The accounts that have active monitors say so.', 'verify_monitors');
