-- list_events: what has happened, in an order in which nothing comes late.
--
--   Returns  at most limit events whose id follows `after`, by event_id
--   Writes   what engine.sequence_events writes, where the page would not be full without it
--   Errors   invalid_argument (limit)
--
-- Event ids have no gaps and are visible in their order, so a reader that goes on after the last
-- one it has seen misses none; those of one account come in the order of its versions.
CREATE OR REPLACE FUNCTION bank.list_events(
    after bigint DEFAULT 0, "limit" bigint DEFAULT 100
)
RETURNS SETOF bank.event
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_after bigint := greatest(list_events.after, 0);
BEGIN
    PERFORM engine.check_limit("limit");
    -- Only where the page would not be full already, which is known from the newest id.
    IF (
        (SELECT max(e.event_id) FROM ledger.events AS e) - v_after >= "limit"
    ) IS NOT TRUE THEN
        PERFORM engine.sequence_events();
    END IF;
    RETURN QUERY
    SELECT e.*
    FROM bank.events AS e
    WHERE e.event_id > v_after
    ORDER BY e.event_id
    LIMIT list_events."limit";
END;
$function$;

COMMENT ON FUNCTION bank.list_events(bigint, bigint) IS
    'Events (every leg of the log) after the given event_id, at most limit (NULL: all), in an '
    'order in which nothing comes late: by event_id, without gaps; of one account by version. '
    'type is the leg''s operation. Raises invalid_argument.';
REVOKE ALL ON FUNCTION bank.list_events(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_events(bigint, bigint) TO bank_operator, bank_auditor;
