-- create_monitor: watch a number of an account from now on.
--
--   Returns  the monitor, with triggered telling whether its condition holds already; a repeat
--            under the same key gets the first answer again
--   Writes   ledger.monitors, one zero-amount leg
--   Locks    the account
--   Errors   invalid_metadata, invalid_idempotency_key, invalid_argument (field, comparison,
--            value), account_not_found, idempotency_key_reused, invalid_timestamp,
--            timestamp_in_past, timestamp_in_future, account_closed, quota_exceeded
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
    v engine.parties;
    v_account ledger.accounts;
    v_monitor ledger.monitors;
    v_transaction_id bigint;
BEGIN
    PERFORM engine.refuse_request(1, metadata, idempotency_key);
    PERFORM engine.check_monitor(field, comparison, value);
    v := engine.prepare(
        create_monitor.account_id, NULL, create_monitor."timestamp", idempotency_key,
        'create_monitor', json_build_object(
            'field', field, 'comparison', comparison, 'value', value,
            'timestamp', create_monitor."timestamp", 'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.monitor, v.response);
    END IF;
    v_account := v.account;
    IF v_account.status = 'closed' THEN
        PERFORM engine.refuse_credit(v_account, 0);
    END IF;
    PERFORM engine.check_quota('monitors_per_account', (
        SELECT count(*)
        FROM ledger.monitors AS m
        WHERE m.account_id = v_account.account_id AND m.active
    ), v_account.account_id);

    v_transaction_id := nextval('ledger.transaction_seq');
    INSERT INTO ledger.monitors (
        account_id, monitor_number, transaction_id, created_at, field, comparison, value,
        triggered, metadata
    )
    VALUES (
        v_account.account_id, nextval('ledger.monitor_seq'), v_transaction_id, v."timestamp",
        create_monitor.field, create_monitor.comparison, create_monitor.value,
        engine.is_met(
            engine.monitored_value(
                create_monitor.field, v_account.balance, v_account.held, v_account.overdraft_limit
            ),
            create_monitor.comparison, create_monitor.value
        ),
        create_monitor.metadata
    )
    RETURNING * INTO v_monitor;

    v_account.monitored := true;
    IF idempotency_key IS NOT NULL THEN
        v.key_hash := engine.remember(
            v_account.account_id, idempotency_key, 'create_monitor', v.request_hash,
            row_to_json(engine.show_monitor(v_monitor))
        );
    END IF;
    PERFORM engine.record_change(
        v, v_account, 'create_monitor', engine.monitor_details(
            v_monitor.monitor_number, field, comparison, value
        ), metadata, NULL, v_transaction_id
    );
    RETURN engine.show_monitor(v_monitor);
END;
$function$;

COMMENT ON FUNCTION bank.create_monitor(text, text, text, bigint, bigint, jsonb, text) IS
    'Watch a number of an account from now on. Each time the condition becomes true, an event '
    '`monitor` follows the entry that made it so, in the same transaction; it comes again only '
    'after the condition was false.';
REVOKE ALL ON FUNCTION bank.create_monitor(text, text, text, bigint, bigint, jsonb, text)
FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.create_monitor(text, text, text, bigint, bigint, jsonb, text)
TO bank_teller;
