-- read_monitor: a monitor's row, without a lock.
--
--   Returns  the row, of a deleted monitor too
--   Errors   monitor_not_found
--
-- A monitor changes only under its account's lock: a writer reads it to learn which account that
-- is.
CREATE OR REPLACE FUNCTION engine.read_monitor(monitor_id text)
RETURNS ledger.monitors
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_monitor ledger.monitors;
BEGIN
    SELECT m.* INTO v_monitor
    FROM ledger.monitors AS m
    WHERE m.monitor_number = substring(
        read_monitor.monitor_id FROM '^monitor([1-9][0-9]{0,15})$'
    )::bigint AND engine.is_own(m.account_id);
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'monitor_not_found', json_build_object('monitor_id', left(monitor_id, 64))
        );
    END IF;
    RETURN v_monitor;
END;
$function$;

COMMENT ON FUNCTION engine.read_monitor(text) IS
    'Internal: a monitor''s row without a lock; raises monitor_not_found.';
REVOKE ALL ON FUNCTION engine.read_monitor(text) FROM PUBLIC;
