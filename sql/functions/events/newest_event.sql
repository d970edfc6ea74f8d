-- newest_event: where the stream of events ends.
--
--   Returns  the event_id of the newest event; 0 where there is none
CREATE OR REPLACE FUNCTION engine.newest_event()
RETURNS bigint
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT coalesce((
        SELECT b.first_event_id + b.events - 1
        FROM ledger.event_batches AS b
        ORDER BY b.first_event_id DESC
        LIMIT 1
    ), 0)
$function$;

COMMENT ON FUNCTION engine.newest_event() IS
    'Internal: the event_id of the newest event; 0 where there is none.';
REVOKE ALL ON FUNCTION engine.newest_event() FROM PUBLIC;
