-- list_workers: which workers run, and when they last said so, in the order of their beginning.
--
--   Returns  at most limit workers that follow `after`; those killed within a day, too
--   Errors   limited_to_accounts, invalid_argument (limit, order)
CREATE OR REPLACE FUNCTION bank.list_workers(
    "limit" bigint DEFAULT 100,
    after bigint DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.worker
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT shown.*
        FROM ledger.worker_heartbeats AS h
        CROSS JOIN LATERAL engine.show_worker(h) AS shown
        WHERE h.worker_number > coalesce(list_workers.after, 0)
        ORDER BY h.worker_number
        LIMIT list_workers."limit";
    ELSE
        RETURN QUERY
        SELECT shown.*
        FROM ledger.worker_heartbeats AS h
        CROSS JOIN LATERAL engine.show_worker(h) AS shown
        WHERE h.worker_number < coalesce(list_workers.after, 9223372036854775807)
        ORDER BY h.worker_number DESC
        LIMIT list_workers."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_workers(bigint, bigint, text) IS
    'Which workers run, and when they last said so, in the order of their beginning. Those that '
    'were killed stay for a day.';
REVOKE ALL ON FUNCTION bank.list_workers(bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_workers(bigint, bigint, text) TO bank_operator, bank_auditor;
