-- event_batch_of: the batch that an event is in.
--
--   Returns  its first event_id; of an event to come, that of the newest batch; NULL where there is
--            no batch
CREATE OR REPLACE FUNCTION engine.event_batch_of(event_id bigint)
RETURNS bigint
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT max(b.first_event_id)
    FROM ledger.event_batches AS b
    WHERE b.first_event_id <= event_batch_of.event_id
$function$;

COMMENT ON FUNCTION engine.event_batch_of(bigint) IS
    'Internal: the first event_id of the batch that an event is in.';
REVOKE ALL ON FUNCTION engine.event_batch_of(bigint) FROM PUBLIC;
