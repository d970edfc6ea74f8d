-- create_monitor: watch a number of an account from now on.
--
--   Returns  the monitor, with triggered telling whether its condition holds already; a repeat
--            under the same key gets the first answer again
--   Writes   ledger.monitors, one zero-amount leg
--   Locks    the account
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (field, comparison,
--            value), account_not_found, idempotency_key_reused, invalid_timestamp,
--            operator_required, timestamp_in_past, account_closed
--
-- It fires when a leg makes the condition true, and again only after one has made it false.
CREATE OR REPLACE FUNCTION bank.create_monitor(
    account_id text,
    field text,
    comparison text,
    value bigint,
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
    v_account ledger.accounts;
    v_monitor ledger.monitors;
    v_timestamp bigint;
    v_request text;
    v_response json;
BEGIN
    PERFORM engine.check_request(1, metadata, idempotency_key);
    PERFORM engine.check_monitor(field, comparison, value);
    v_account := engine.lock_account(create_monitor.account_id);

    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(
            field, comparison, value, create_monitor."timestamp", metadata
        )::text;
        v_response := engine.replay(
            v_account.account_id, idempotency_key, 'create_monitor', v_request
        );
        IF v_response IS NOT NULL THEN
            RETURN json_populate_record(NULL::bank.monitor, v_response);
        END IF;
    END IF;

    v_timestamp := engine.fix_timestamp(create_monitor."timestamp", v_account.last_timestamp);
    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp THEN
        v_account := engine.settle_due(v_account, v_timestamp);
    END IF;
    IF v_account.status = 'closed' THEN
        PERFORM engine.refuse_credit(v_account);
    END IF;

    v_monitor.account_id := v_account.account_id;
    v_monitor.transaction_id := nextval('ledger.transaction_seq');
    v_monitor.monitor_number := nextval('ledger.monitor_seq');
    v_monitor.created_at := v_timestamp;
    v_monitor.field := create_monitor.field;
    v_monitor.comparison := create_monitor.comparison;
    v_monitor.value := create_monitor.value;
    v_monitor.triggered := engine.is_met(
        engine.monitored_value(v_account, field), comparison, value
    );
    v_monitor.active := true;
    v_monitor.metadata := create_monitor.metadata;
    INSERT INTO ledger.monitors VALUES (v_monitor.*);

    v_account.monitored := true;
    v_account := engine.post_leg(
        v_account, v_monitor.transaction_id, v_timestamp, 'create_monitor', 0,
        metadata => metadata, details => engine.monitor_details(v_monitor)
    );

    IF idempotency_key IS NOT NULL THEN
        PERFORM engine.remember(
            v_account.account_id, idempotency_key, 'create_monitor', v_request,
            row_to_json(engine.show_monitor(v_monitor))
        );
    END IF;
    RETURN engine.show_monitor(v_monitor);
END;
$function$;

COMMENT ON FUNCTION bank.create_monitor(text, text, text, bigint, bigint, jsonb, text) IS
    'Watches field (balance, available, held) of an account: a leg after which it compares to '
    'value (minor units) by comparison (lt, lte, gt, gte, eq), and before which it did not, is '
    'followed by a leg `monitor` in the same transaction. timestamp: ms, operators only. Raises '
    'invalid_argument, account_not_found, account_closed and the errors of timestamps and keys.';
REVOKE ALL ON FUNCTION bank.create_monitor(text, text, text, bigint, bigint, jsonb, text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.create_monitor(text, text, text, bigint, bigint, jsonb, text)
TO bank_teller;
