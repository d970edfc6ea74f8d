-- list_monitors: the monitors of an account, oldest first.
--
--   Returns  at most limit active monitors that follow `after`
--   Errors   invalid_argument (limit, order), monitor_not_found (after), account_not_found
CREATE OR REPLACE FUNCTION bank.list_monitors(
    account_id text,
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.monitor
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_after bigint;
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    IF after IS NOT NULL THEN
        v_after := (engine.read_monitor(after)).monitor_number;
    END IF;
    PERFORM engine.read_account(list_monitors.account_id);

    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT shown.*
        FROM ledger.monitors AS m
        CROSS JOIN LATERAL engine.show_monitor(m) AS shown
        WHERE m.account_id = list_monitors.account_id
            AND m.monitor_number > coalesce(v_after, 0)
            AND m.active
        ORDER BY m.monitor_number
        LIMIT list_monitors."limit";
    ELSE
        RETURN QUERY
        SELECT shown.*
        FROM ledger.monitors AS m
        CROSS JOIN LATERAL engine.show_monitor(m) AS shown
        WHERE m.account_id = list_monitors.account_id
            AND m.monitor_number < coalesce(v_after, 9223372036854775807)
            AND m.active
        ORDER BY m.monitor_number DESC
        LIMIT list_monitors."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_monitors(text, bigint, text, text) IS
    'The monitors of an account, oldest first. Those that are not deleted.';
REVOKE ALL ON FUNCTION bank.list_monitors(text, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_monitors(text, bigint, text, text) TO bank_teller, bank_auditor;
