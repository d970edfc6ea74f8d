-- list_events: what has happened, in an order in which nothing comes late.
--
--   Returns  at most limit events whose id follows `after`, by event_id, or backwards
--   Errors   invalid_argument (limit, order)
--
-- Event ids have no gaps and are visible in their order, so a reader that goes on after the last
-- one it has seen misses none; those of one account come in the order of its versions. It only
-- reads, so that it keeps nobody waiting, and works on a standby: bank.number_events numbers.
--
-- PostgreSQL cannot know how few ids a batch has, and would compile the query, for 0.3 s: no JIT.
CREATE OR REPLACE FUNCTION bank.list_events(
    after bigint DEFAULT NULL, "limit" bigint DEFAULT 100, "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.event
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $function$
DECLARE
    v_newest bigint := engine.newest_event();
    v_after bigint := 0;
    v_until bigint := v_newest;
    -- Who is for some accounts alone has gaps between his.
    v_limited boolean := (current_setting('pgteller.accounts', true) <> '') IS TRUE;
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    IF "order" = 'asc' THEN
        v_after := least(greatest(list_events.after, 0), v_newest);
        IF NOT v_limited THEN
            v_until := v_after + least("limit", v_newest - v_after);
        END IF;
    ELSE
        v_until := least(greatest(coalesce(list_events.after, v_newest + 1), 1) - 1, v_newest);
        IF NOT v_limited THEN
            v_after := v_until - least("limit", v_until);
        END IF;
    END IF;

    RETURN QUERY
    SELECT
        e.event_id, e.type, e.account_id, e.version, e.transaction_id, e."timestamp",
        e.recorded_at, e.currency, e.amount, e.balance_after, e.contra_account_id, e.payment_ref,
        e.refers_to, e.details, e.metadata, e.hash
    FROM engine.event_stream AS e
    WHERE e.batch >= engine.event_batch_of(v_after + 1)
        AND e.batch <= v_until
        AND e.event_id > v_after
        AND e.event_id <= v_until
        AND engine.is_own(e.account_id)
    ORDER BY CASE "order" WHEN 'asc' THEN e.event_id ELSE -e.event_id END
    LIMIT list_events."limit";
END;
$function$;

COMMENT ON FUNCTION bank.list_events(bigint, bigint, text) IS
    'What has happened, in an order in which nothing comes late. Ids have no gaps, nothing comes '
    'late, and the events of an account come in the order of its versions: whoever asks again '
    'after the last event seen misses none and gets none twice. What is new is there once '
    'bank.number_events has run, as the worker has it do all the time.';
REVOKE ALL ON FUNCTION bank.list_events(bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_events(bigint, bigint, text) TO bank_operator, bank_auditor;
