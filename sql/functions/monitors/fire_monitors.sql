-- fire_monitors: evaluate the monitors of an account after a leg.
--
--   Returns  the account row as it now stands
--   Writes   a zero-amount leg `monitor`, in the transaction of the leg, per monitor whose
--            condition has become true; ledger.monitors
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
CREATE OR REPLACE FUNCTION engine.fire_monitors(account ledger.accounts, transaction_id bigint)
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_monitor ledger.monitors;
    v_actual bigint;
    v_met boolean;
BEGIN
    FOR v_monitor IN
        SELECT m.*
        FROM ledger.monitors AS m
        WHERE m.account_id = account.account_id AND m.active
        ORDER BY m.monitor_number
    LOOP
        v_actual := engine.monitored_value(account, v_monitor.field);
        v_met := engine.is_met(v_actual, v_monitor.comparison, v_monitor.value);
        CONTINUE WHEN v_met = v_monitor.triggered;

        UPDATE ledger.monitors AS m
        SET triggered = v_met
        WHERE m.account_id = v_monitor.account_id AND m.monitor_number = v_monitor.monitor_number;
        IF v_met THEN
            account := engine.post_leg(
                account, fire_monitors.transaction_id, account.last_timestamp, 'monitor', 0,
                details => engine.monitor_details(v_monitor)
                || jsonb_build_object('actual', v_actual)
            );
        END IF;
    END LOOP;
    RETURN account;
END;
$function$;

COMMENT ON FUNCTION engine.fire_monitors(ledger.accounts, bigint) IS
    'Internal: posts a leg per monitor of a locked account whose condition has become true.';
REVOKE ALL ON FUNCTION engine.fire_monitors(ledger.accounts, bigint) FROM PUBLIC;
