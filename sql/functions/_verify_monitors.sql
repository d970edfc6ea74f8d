-- _verify_monitors: see that monitors were evaluated after every leg.
--
--   Returns  the violations of monitors_evaluated, accounts_know_monitors
CREATE OR REPLACE FUNCTION bank._verify_monitors()
RETURNS SETOF bank.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'monitors_evaluated', m.account_id, json_build_object(
        'monitor_id', 'monitor' || m.monitor_number, 'triggered', m.triggered,
        'actual', bank._monitored_value(a, m.field)
    )
    FROM ledger.monitors AS m
    LEFT JOIN ledger.accounts AS a ON a.account_id = m.account_id
    WHERE m.active
        AND bank._is_met(bank._monitored_value(a, m.field), m.comparison, m.value)
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

COMMENT ON FUNCTION bank._verify_monitors() IS
    'Internal: the violations of monitors.';
REVOKE ALL ON FUNCTION bank._verify_monitors() FROM PUBLIC;
