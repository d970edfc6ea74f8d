-- verify_events: see that the stream of events tells of every leg once, in order.
--
--   Returns  the violations of events_gapless, events_tell_of_legs, legs_have_events,
--            events_in_order
CREATE OR REPLACE FUNCTION engine.verify_events()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'events_gapless', NULL, json_build_object(
        'event_id', n.first_event_id, 'should_be_event', n.should_be
    )
    FROM (
        SELECT
            b.first_event_id,
            lag(b.first_event_id + b.events, 1, 1::bigint) OVER (
                ORDER BY b.first_event_id
            ) AS should_be
        FROM ledger.event_batches AS b
    ) AS n
    WHERE n.first_event_id <> n.should_be;

    RETURN QUERY
    SELECT 'events_tell_of_legs', NULL, json_build_object(
        'event_id', b.first_event_id, 'events', b.events, 'legs', posted.legs
    )
    FROM ledger.event_batches AS b
    CROSS JOIN LATERAL (
        SELECT coalesce(engine.total(p.legs), 0) AS legs
        FROM engine.posted_ids(b.transaction_ids) AS p
    ) AS posted
    WHERE posted.legs <> b.events;

    RETURN QUERY
    SELECT 'legs_have_events', t.account_id, json_build_object(
        'version', t.version, 'transaction_id', t.transaction_id, 'batches', told.batches
    )
    FROM ledger.event_sequencer AS s
    INNER JOIN ledger.ledger_transactions AS t
        ON coalesce(t.folded_in, t.transaction_id) <= s.mark
    LEFT JOIN (
        SELECT generate_series(lower(i.ids), upper(i.ids) - 1) AS id, count(*) AS batches
        FROM ledger.event_batches AS b
        CROSS JOIN LATERAL unnest(b.transaction_ids) AS i (ids)
        GROUP BY 1
    ) AS told ON told.id = coalesce(t.folded_in, t.transaction_id)
    WHERE (told.batches = 1) IS NOT TRUE
        AND (told.batches IS NOT NULL OR NOT EXISTS (
            SELECT FROM ledger.event_gaps AS g
            WHERE coalesce(t.folded_in, t.transaction_id) <@ g.transaction_ids
        ));

    -- What is drawn later would be taken for numbered.
    RETURN QUERY
    SELECT 'legs_have_events', NULL, json_build_object('mark', s.mark, 'drawn', q.last_value)
    FROM ledger.event_sequencer AS s
    CROSS JOIN ledger.transaction_seq AS q
    WHERE s.mark > q.last_value;

    RETURN QUERY
    SELECT 'events_in_order', n.account_id, json_build_object(
        'event_id', n.event_id, 'version', n.version, 'should_be_version', n.nth
    )
    FROM (
        SELECT
            e.event_id, e.account_id, e.version,
            row_number() OVER (PARTITION BY e.account_id ORDER BY e.event_id) AS nth
        FROM engine.event_stream AS e
    ) AS n
    WHERE n.version <> n.nth;
END;
$function$;

COMMENT ON FUNCTION engine.verify_events() IS
    'Internal: the violations of events.';
REVOKE ALL ON FUNCTION engine.verify_events() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('events_gapless', 'Events are numbered 1, 2, 3 ... without a gap.', 'verify_events'),
('events_tell_of_legs', 'Each batch of events has as many as its transactions have legs.', 'verify_events'),
('legs_have_events', 'Each leg has one event, up to where the numbering has come.', 'verify_events'),
('events_in_order', 'The events of an account come in the order of its versions.', 'verify_events');
