-- next_event_mark: up to which transaction_id a run of bank.number_events goes.
--
--   Returns  the id above mark that has about limit legs before it; mark where no leg is above it
CREATE OR REPLACE FUNCTION engine.next_event_mark(mark bigint, "limit" bigint)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN coalesce((
        SELECT max(posted.id)
        FROM (
            (
                SELECT t.transaction_id AS id
                FROM ledger.ledger_transactions AS t
                WHERE t.transaction_id > mark AND t.folded_in IS NULL
                ORDER BY t.transaction_id
                LIMIT next_event_mark."limit"
            )
            UNION ALL
            (
                SELECT t.folded_in
                FROM ledger.ledger_transactions AS t
                WHERE t.folded_in > mark
                ORDER BY t.folded_in
                LIMIT next_event_mark."limit"
            )
            ORDER BY id
            LIMIT next_event_mark."limit"
        ) AS posted
    ), mark);
END;
$function$;

COMMENT ON FUNCTION engine.next_event_mark(bigint, bigint) IS
    'Internal: up to which transaction_id events are numbered next.';
REVOKE ALL ON FUNCTION engine.next_event_mark(bigint, bigint) FROM PUBLIC;
