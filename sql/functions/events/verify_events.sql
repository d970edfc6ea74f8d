-- verify_events: see that the stream of events tells of every leg once, in order.
--
--   Returns  the violations of events_gapless, events_tell_of_legs, legs_have_events
--
-- A leg without an event may be a newer one than all the sequencer has looked for: its id, or that
-- of a later leg of its account, lies above the mark or in a gap. Collecting accounts are followed
-- by version, so there only legs before one with an event are missing.
CREATE OR REPLACE FUNCTION engine.verify_events()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'events_gapless', n.account_id, json_build_object(
        'event_id', n.event_id, 'version', n.version, 'should_be_event', n.number,
        'should_be_version', n.nth
    )
    FROM (
        SELECT
            e.event_id, e.account_id, e.version,
            row_number() OVER (ORDER BY e.event_id) AS number,
            row_number() OVER (PARTITION BY e.account_id ORDER BY e.event_id) AS nth
        FROM ledger.events AS e
    ) AS n
    WHERE n.event_id <> n.number OR n.version <> n.nth;

    RETURN QUERY
    SELECT 'events_tell_of_legs', e.account_id, json_build_object(
        'event_id', e.event_id, 'version', e.version, 'transaction_id', e.transaction_id
    )
    FROM ledger.events AS e
    LEFT JOIN ledger.ledger_transactions AS t
        ON t.account_id = e.account_id AND t.version = e.version
    WHERE t.transaction_id IS DISTINCT FROM e.transaction_id;

    RETURN QUERY
    SELECT 'legs_have_events', late.account_id, json_build_object('version', late.version)
    FROM (
        SELECT
            t.account_id, t.version, a.collecting, e.event_id,
            max(e.event_id) OVER later AS event_after,
            bool_or(t.transaction_id > s.mark OR g.first_id IS NOT NULL) OVER later AS to_be_found
        FROM ledger.ledger_transactions AS t
        CROSS JOIN ledger.event_sequencer AS s
        LEFT JOIN ledger.accounts AS a ON a.account_id = t.account_id
        LEFT JOIN ledger.events AS e ON e.account_id = t.account_id AND e.version = t.version
        LEFT JOIN ledger.event_gaps AS g ON t.transaction_id BETWEEN g.first_id AND g.last_id
        WINDOW later AS (PARTITION BY t.account_id ORDER BY t.version DESC)
    ) AS late
    WHERE late.event_id IS NULL
        AND (late.event_after IS NOT NULL OR NOT (late.to_be_found OR late.collecting));
END;
$function$;

COMMENT ON FUNCTION engine.verify_events() IS
    'Internal: the violations of events.';
REVOKE ALL ON FUNCTION engine.verify_events() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('events_gapless', 'Events are numbered 1, 2, 3 ... without a gap, those of an account in the order of its versions.', 'verify_events'),
('events_tell_of_legs', 'Each event is a leg''s, under the transaction_id of that leg.', 'verify_events'),
('legs_have_events', 'Each leg has its event, up to where the numbering has come.', 'verify_events');
