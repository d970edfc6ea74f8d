-- verify_events: see that the stream of events tells of every leg once.
--
--   Returns  the violations of events_gapless, events_tell_of_legs, legs_have_events
CREATE OR REPLACE FUNCTION engine.verify_events()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_wrong boolean;
    -- Of what is to be seen somebody has ended who was waited for: no other gap excuses it.
    v_awaited int8multirange := coalesce((
        SELECT range_agg(g.transaction_ids)
        FROM ledger.event_gaps AS g
        WHERE engine.may_have_come(g.waiting_for, pg_current_snapshot())
    ), '{}');
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

    -- Whether anything is wrong takes one pass over the log; what it is, several.
    WITH told AS (
        SELECT n.id, min(n.batch) AS batch, count(*) AS batches
        FROM engine.numbered_ids AS n
        GROUP BY n.id
    ), counted AS (
        SELECT
            told.batch,
            count(t.id) AS legs,
            bool_or(told.batches > 1 OR t.id IS NULL) AS unlike,
            bool_or(told.batch IS NULL AND t.id <= s.mark AND NOT t.id <@ v_awaited) AS missing
        FROM (
            SELECT coalesce(t.folded_in, t.transaction_id) AS id
            FROM ledger.ledger_transactions AS t
        ) AS t
        FULL JOIN told ON told.id = t.id
        LEFT JOIN ledger.event_sequencer AS s ON true
        GROUP BY told.batch
    )

    SELECT coalesce(bool_or(
        c.unlike OR c.missing OR b.events IS DISTINCT FROM c.legs AND c.batch IS NOT NULL
        OR c.legs IS NULL
    ), false)
    INTO v_wrong
    FROM counted AS c
    FULL JOIN ledger.event_batches AS b ON b.first_event_id = c.batch;
    IF v_wrong THEN
        RETURN QUERY
        SELECT 'events_tell_of_legs', NULL, json_build_object(
            'event_id', b.first_event_id, 'events', b.events, 'legs', posted.legs,
            'ids', told.ids, 'with_legs', posted.ids
        )
        FROM ledger.event_batches AS b
        CROSS JOIN LATERAL (
            SELECT coalesce(engine.total(p.legs), 0) AS legs, count(*) AS ids
            FROM engine.posted_ids(b.transaction_ids) AS p
        ) AS posted
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(upper(i.ids)::numeric - lower(i.ids)), 0) AS ids
            FROM unnest(b.transaction_ids) AS i (ids)
        ) AS told
        WHERE (posted.legs, posted.ids) <> (b.events, told.ids);

        RETURN QUERY
        SELECT 'legs_have_events', t.account_id, json_build_object(
            'version', t.version, 'transaction_id', t.transaction_id, 'batches', told.batches
        )
        FROM ledger.event_sequencer AS s
        INNER JOIN ledger.ledger_transactions AS t
            ON coalesce(t.folded_in, t.transaction_id) <= s.mark
        LEFT JOIN (
            SELECT n.id, count(*) AS batches
            FROM engine.numbered_ids AS n
            GROUP BY n.id
        ) AS told ON told.id = coalesce(t.folded_in, t.transaction_id)
        WHERE (told.batches = 1) IS NOT TRUE
            AND (
                told.batches IS NOT NULL
                OR NOT coalesce(t.folded_in, t.transaction_id) <@ v_awaited
            );
    END IF;

    -- Beyond it what is drawn later would be taken for numbered, before it what is numbered already
    -- for new.
    RETURN QUERY
    SELECT 'legs_have_events', NULL, json_build_object('mark', s.mark, 'drawn', q.last_value)
    FROM ledger.transaction_seq AS q
    LEFT JOIN ledger.event_sequencer AS s ON true
    WHERE (s.mark <= q.last_value AND s.mark >= (
        SELECT coalesce(max(upper(b.transaction_ids)) - 1, 0) FROM ledger.event_batches AS b
    )) IS NOT TRUE;
END;
$function$;

COMMENT ON FUNCTION engine.verify_events() IS
    'Internal: the violations of events.';
REVOKE ALL ON FUNCTION engine.verify_events() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('events_gapless', 'Events are numbered 1, 2, 3 ... without a gap.', 'verify_events'),
('events_tell_of_legs', 'Each batch of events has as many as its transactions have legs.', 'verify_events'),
('legs_have_events', 'Each leg has one event, up to where the numbering has come.', 'verify_events');
