-- list_schedule_runs: what became of the attempts of a schedule, oldest first.
--
--   Returns  at most limit runs that follow `after`
--   Errors   invalid_argument (limit, order), schedule_not_found
CREATE OR REPLACE FUNCTION bank.list_schedule_runs(
    schedule_id text,
    "limit" bigint DEFAULT 100,
    after bigint DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.schedule_run
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_schedule ledger.schedules;
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    v_schedule := engine.read_schedule(list_schedule_runs.schedule_id);

    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT
            r.run_number, (t.details -> 'occurrence')::bigint, (t.details -> 'attempt')::bigint,
            (t.details -> 'due_at')::bigint, t.recorded_at,
            CASE t.operation WHEN 'transfer' THEN 'succeeded' ELSE 'refused' END,
            r.transaction_id, t."timestamp", t.details ->> 'code', t.details -> 'detail'
        FROM ledger.schedule_runs AS r
        INNER JOIN ledger.ledger_transactions AS t
            ON t.transaction_id = r.transaction_id AND t.account_id = r.account_id
        WHERE r.schedule_number = v_schedule.schedule_number
            AND r.run_number > coalesce(after, 0)
        ORDER BY r.run_number
        LIMIT list_schedule_runs."limit";
    ELSE
        RETURN QUERY
        SELECT
            r.run_number, (t.details -> 'occurrence')::bigint, (t.details -> 'attempt')::bigint,
            (t.details -> 'due_at')::bigint, t.recorded_at,
            CASE t.operation WHEN 'transfer' THEN 'succeeded' ELSE 'refused' END,
            r.transaction_id, t."timestamp", t.details ->> 'code', t.details -> 'detail'
        FROM ledger.schedule_runs AS r
        INNER JOIN ledger.ledger_transactions AS t
            ON t.transaction_id = r.transaction_id AND t.account_id = r.account_id
        WHERE r.schedule_number = v_schedule.schedule_number
            AND r.run_number < coalesce(after, 9223372036854775807)
        ORDER BY r.run_number DESC
        LIMIT list_schedule_runs."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_schedule_runs(text, bigint, bigint, text) IS
    'What became of the attempts of a schedule, oldest first.';
REVOKE ALL ON FUNCTION bank.list_schedule_runs(text, bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_schedule_runs(text, bigint, bigint, text)
TO bank_teller, bank_auditor;
