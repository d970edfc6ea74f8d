-- delete_monitor: stop watching.
--
--   Returns  the monitor as it was last; a repeat under the same key gets the same answer
--   Writes   ledger.monitors, one zero-amount leg
--   Locks    the account
--   Errors   monitor_not_found, invalid_metadata, invalid_idempotency_key, idempotency_key_reused,
--            invalid_timestamp, operator_required, timestamp_in_past, monitor_not_found (deleted)
--
-- Whatever the status of the account.
CREATE OR REPLACE FUNCTION bank.delete_monitor(
    monitor_id text,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.monitor
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_monitor ledger.monitors := engine.read_monitor(delete_monitor.monitor_id);
    v_account ledger.accounts;
    v_timestamp bigint;
    v_request text;
    v_response json;
BEGIN
    PERFORM engine.check_request(1, metadata, idempotency_key);
    v_account := engine.lock_account(v_monitor.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(delete_monitor.monitor_id, delete_monitor."timestamp", metadata)::text;
        v_response := engine.replay(
            v_account.account_id, idempotency_key, 'delete_monitor', v_request
        );
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.monitor, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(delete_monitor."timestamp", v_account.last_timestamp);
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;
    UPDATE ledger.monitors AS m
    SET active = false
    WHERE m.account_id = v_monitor.account_id
        AND m.monitor_number = v_monitor.monitor_number
        AND m.active
    RETURNING m.* INTO v_monitor;
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'monitor_not_found', json_build_object('monitor_id', delete_monitor.monitor_id)
        );
    END IF;

    v_account.monitored := EXISTS (
        SELECT FROM ledger.monitors AS m WHERE m.account_id = v_account.account_id AND m.active
    );
    PERFORM engine.post_leg(
        v_account, nextval('ledger.transaction_seq'), v_timestamp, 'delete_monitor', 0,
        metadata => metadata, details => engine.monitor_details(v_monitor)
    );

    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_account.account_id, idempotency_key, 'delete_monitor', v_request,
            row_to_json(engine.show_monitor(v_monitor))
        );
    END IF;
    RETURN engine.show_monitor(v_monitor);
END;
$function$;

COMMENT ON FUNCTION bank.delete_monitor(text, bigint, jsonb, text) IS
    'Stops a monitor for good. timestamp: ms, operators only. Returns it as it was last. Raises '
    'monitor_not_found and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.delete_monitor(text, bigint, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.delete_monitor(text, bigint, jsonb, text) TO bank_teller;
