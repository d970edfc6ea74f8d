-- show_monitor: a monitor as its readers see it.
--
--   Returns  the monitor
CREATE OR REPLACE FUNCTION engine.show_monitor(monitor ledger.monitors)
RETURNS bank.monitor
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_shown bank.monitor := ROW(
        'monitor' || monitor.monitor_number, monitor.account_id, monitor.field,
        monitor.comparison, monitor.value, monitor.triggered, monitor.created_at,
        monitor.transaction_id, monitor.metadata
    );
BEGIN
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION engine.show_monitor(ledger.monitors) IS
    'Internal: a monitor''s row as readers see it.';
REVOKE ALL ON FUNCTION engine.show_monitor(ledger.monitors) FROM PUBLIC;
