-- list_schedules: the schedules of an account that pays, oldest first.
--
--   Returns  at most limit schedules that follow `after`
--   Errors   invalid_argument (limit, order, status), schedule_not_found (after), account_not_found
CREATE OR REPLACE FUNCTION bank.list_schedules(
    account_id text,
    status text DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.schedule
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
    IF status IS NOT NULL THEN
        PERFORM engine.check_one_of('status', status, ARRAY[
            'active', 'completed', 'failed', 'cancelled'
        ]);
    END IF;
    IF after IS NOT NULL THEN
        v_after := (engine.read_schedule(after)).schedule_number;
    END IF;
    PERFORM engine.read_account(list_schedules.account_id);

    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT shown.*
        FROM ledger.schedules AS s
        CROSS JOIN LATERAL engine.show_schedule(s) AS shown
        WHERE s.account_id = list_schedules.account_id
            AND s.schedule_number > coalesce(v_after, 0)
            AND (list_schedules.status IS NULL OR s.status = list_schedules.status)
        ORDER BY s.schedule_number
        LIMIT list_schedules."limit";
    ELSE
        RETURN QUERY
        SELECT shown.*
        FROM ledger.schedules AS s
        CROSS JOIN LATERAL engine.show_schedule(s) AS shown
        WHERE s.account_id = list_schedules.account_id
            AND s.schedule_number < coalesce(v_after, 9223372036854775807)
            AND (list_schedules.status IS NULL OR s.status = list_schedules.status)
        ORDER BY s.schedule_number DESC
        LIMIT list_schedules."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_schedules(text, text, bigint, text, text) IS
    'The schedules of an account that pays, oldest first.';
REVOKE ALL ON FUNCTION bank.list_schedules(text, text, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_schedules(text, text, bigint, text, text)
TO bank_teller, bank_auditor;
