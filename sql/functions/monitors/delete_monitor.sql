-- delete_monitor: stop watching.
--
--   Returns  the monitor as it was last; a repeat under the same key gets the same answer
--   Writes   ledger.monitors, one zero-amount leg
--   Locks    the account
--   Errors   monitor_not_found, invalid_metadata, invalid_idempotency_key, idempotency_key_reused,
--            invalid_timestamp, timestamp_in_past, timestamp_in_future, monitor_not_found (deleted)
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
    v engine.parties;
    v_account ledger.accounts;
BEGIN
    PERFORM engine.refuse_request(1, metadata, idempotency_key);
    v := engine.prepare(
        v_monitor.account_id, NULL, delete_monitor."timestamp", idempotency_key,
        'delete_monitor', json_build_object(
            'monitor_id', delete_monitor.monitor_id, 'timestamp', delete_monitor."timestamp",
            'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.monitor, v.response);
    END IF;
    UPDATE ledger.monitors AS m
    SET active = false
    WHERE m.monitor_number = v_monitor.monitor_number AND m.active
    RETURNING m.* INTO v_monitor;
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'monitor_not_found', json_build_object('monitor_id', delete_monitor.monitor_id)
        );
    END IF;

    v_account := v.account;
    v_account.monitored := EXISTS (
        SELECT FROM ledger.monitors AS m WHERE m.account_id = v_account.account_id AND m.active
    );
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            v_account.account_id, idempotency_key, 'delete_monitor', v.request_hash,
            row_to_json(engine.show_monitor(v_monitor))
        );
    END IF;
    PERFORM engine.record_change(
        v, v_account, 'delete_monitor', engine.monitor_details(
            v_monitor.monitor_number, v_monitor.field, v_monitor.comparison, v_monitor.value
        ), metadata, NULL
    );
    RETURN engine.show_monitor(v_monitor);
END;
$function$;

COMMENT ON FUNCTION bank.delete_monitor(text, bigint, jsonb, text) IS
    'Stop watching. Whatever the status of the account.';
REVOKE ALL ON FUNCTION bank.delete_monitor(text, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.delete_monitor(text, bigint, jsonb, text) TO bank_teller;
