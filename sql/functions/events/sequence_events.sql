-- sequence_events: give the legs that have been committed since the last time their event ids.
--
--   Returns  how many events were numbered
--   Writes   ledger.events, ledger.event_sequencer, ledger.event_gaps
--   Locks    table ledger.event_sequencer against others of its kind; where another session has it,
--            that one numbers and this one does nothing
--
-- transaction_ids are drawn before commits, so those above the mark may be followed by lower ones
-- that commit later. Ids below the new mark that are not to be seen are kept as gaps, and looked
-- for until nobody can bring them any more: who drew them held a lock, hence had an xid, and the
-- xid that this transaction takes after it has seen their gap is a later one (a snapshot's xmax
-- would not do, it is not above all xids in use). Ids only tell which accounts have something new;
-- of those, all versions follow that have no event yet, and so do folded credits, whose ids are
-- old.
CREATE OR REPLACE FUNCTION engine.sequence_events("limit" bigint DEFAULT 10000)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_has_no_xid boolean := pg_current_xact_id_if_assigned() IS NULL;
    v_ended xid8;
    v_mark bigint;
    v_next_mark bigint;
    v_ids bigint[];
    v_accounts text[];
    v_versions bigint[];
    v_count bigint;
BEGIN
    -- Every statement has to see what was committed before it; and a standby cannot number.
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted')
        OR current_setting('transaction_read_only')::boolean
    THEN
        RETURN 0;
    END IF;
    -- A table's lock, which only we can take (an advisory one is free to all), and takes no xid.
    BEGIN
        LOCK TABLE ledger.event_sequencer IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;
    EXCEPTION
        WHEN lock_not_available THEN
            RETURN 0;
    END;

    v_mark := (SELECT s.mark FROM ledger.event_sequencer AS s);
    v_next_mark := (
        SELECT max(above.transaction_id)
        FROM (
            SELECT t.transaction_id
            FROM ledger.ledger_transactions AS t
            WHERE t.transaction_id > v_mark
            ORDER BY t.transaction_id
            LIMIT sequence_events."limit"
        ) AS above
    );

    -- Before the look into the gaps: who has ended by now is seen there, or never.
    v_ended := pg_snapshot_xmin(pg_current_snapshot());
    SELECT array_agg(t.transaction_id), array_agg(t.account_id), array_agg(t.version)
    INTO v_ids, v_accounts, v_versions
    FROM (
        SELECT g.first_id, g.last_id
        FROM ledger.event_gaps AS g
        UNION ALL
        SELECT v_mark + 1, v_next_mark
    ) AS looked_for
    CROSS JOIN LATERAL (
        SELECT t.transaction_id, t.account_id, t.version
        FROM ledger.ledger_transactions AS t
        WHERE t.transaction_id BETWEEN looked_for.first_id AND looked_for.last_id
        ORDER BY t.transaction_id  -- so that each is looked up in the index
    ) AS t;

    INSERT INTO ledger.events (event_id, account_id, version, transaction_id)
    SELECT
        (SELECT coalesce(max(e.event_id), 0) FROM ledger.events AS e) + row_number() OVER (
            ORDER BY leg.in_order, leg.account_id, leg.version
        ),
        leg.account_id,
        leg.version,
        leg.transaction_id
    FROM engine.unnumbered_legs(v_accounts, v_versions, "limit") AS leg;
    GET DIAGNOSTICS v_count = ROW_COUNT;

    IF v_next_mark IS NOT NULL THEN
        UPDATE ledger.event_sequencer AS s SET mark = v_next_mark WHERE s.only_row;
    END IF;
    PERFORM engine.note_gaps(v_mark + 1, v_next_mark, v_ids, v_ended, v_has_no_xid);
    RETURN v_count;
END;
$function$;

COMMENT ON FUNCTION engine.sequence_events(bigint) IS
    'Internal: numbers committed legs as events, about limit of them, unless another session does.';
REVOKE ALL ON FUNCTION engine.sequence_events(bigint) FROM PUBLIC;
