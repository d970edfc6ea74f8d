-- verify_event_order: see that the stream of events tells an account's legs in order.
--
--   Returns  the violations of events_in_order
--
-- An account's ids rise with its versions (ids_in_order), and within a batch the order is that of
-- ids: so only what was numbered after a higher id can come too late for the leg behind it.
CREATE OR REPLACE FUNCTION engine.verify_event_order()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    WITH late AS (
        SELECT l.first_event_id AS batch, i.ids
        FROM (
            SELECT
                b.first_event_id, b.transaction_ids,
                max(upper(b.transaction_ids)) OVER (
                    ORDER BY b.first_event_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS seen
            FROM ledger.event_batches AS b
        ) AS l
        CROSS JOIN LATERAL unnest(l.transaction_ids) AS i (ids)
        WHERE lower(i.ids) < l.seen
    ), told AS (
        SELECT n.id, n.batch
        FROM engine.numbered_ids AS n
        WHERE EXISTS (SELECT FROM late)
    )

    SELECT 'events_in_order', behind.account_id, json_build_object(
        'version', behind.version, 'transaction_id', behind.transaction_id,
        'batch', told.batch, 'batch_before', late.batch
    )
    FROM late
    CROSS JOIN LATERAL (
        SELECT t.account_id, t.version
        FROM ledger.ledger_transactions AS t
        WHERE t.transaction_id >= lower(late.ids)
            AND t.transaction_id < upper(late.ids)
            AND t.folded_in IS NULL
        UNION ALL
        SELECT t.account_id, t.version
        FROM ledger.ledger_transactions AS t
        WHERE t.folded_in >= lower(late.ids) AND t.folded_in < upper(late.ids)
    ) AS before
    INNER JOIN ledger.ledger_transactions AS behind
        ON behind.account_id = before.account_id AND behind.version = before.version + 1
    INNER JOIN told ON told.id = coalesce(behind.folded_in, behind.transaction_id)
    WHERE told.batch < late.batch;
END;
$function$;

COMMENT ON FUNCTION engine.verify_event_order() IS
    'Internal: the violations of the order of events.';
REVOKE ALL ON FUNCTION engine.verify_event_order() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('events_in_order', 'The events of an account come in the order of its versions.', 'verify_event_order');
