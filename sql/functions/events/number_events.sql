-- number_events: give the legs that have been committed since the last time their event ids.
--
--   Returns  how many events were numbered, and where the stream ends
--   Writes   ledger.event_batches, ledger.event_sequencer; what engine.keep_gaps and
--            engine.add_turnovers write
--   Locks    table ledger.settings against others of its kind; where another session has it, that
--            one numbers and this one does nothing
--   Errors   limited_to_accounts, invalid_argument (limit)
--
-- transaction_ids are drawn before commits, so those above the mark may be followed by lower ones
-- that commit later. Ids below the new mark that are not to be seen are kept as gaps, with the
-- transactions that may still bring them: whoever drew one held a lock, hence had an xid, and was
-- in progress by the snapshot of the look, or has an xid that it does not know of and that is below
-- the one that this transaction takes after the look. Gaps are looked into again when one of those
-- has ended.
--
-- One statement looks, so that one snapshot tells who has ended, how far the log goes and what is
-- there. By a later one a leg is to be seen whose forerunner nobody looked for, since who brought
-- that had not ended yet.
--
-- An account's ids rise with its versions, those of folded credits by folded_in; and of a
-- transaction nobody sees a part. So the order by id is one that every account agrees with.
CREATE OR REPLACE FUNCTION bank.number_events("limit" bigint DEFAULT 10000)
RETURNS bank.numbering
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    c_batch CONSTANT bigint := 256;  -- what a page reads beside what it shows
    v_numbering bank.numbering;
    v_own xid8 := pg_current_xact_id_if_assigned();
    v_snapshot pg_snapshot;
    v_mark bigint;
    v_next_mark bigint;
    v_looked_for int8multirange;
    v_ids bigint[];
    v_legs bigint[];
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_run_limit("limit");
    -- A table's lock, which only we can take (an advisory one is free to all), and takes no xid. Of
    -- a table that is hardly ever written to: autovacuum takes the same lock, and would be taken
    -- for another session that numbers.
    BEGIN
        LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;
    EXCEPTION
        WHEN lock_not_available THEN
            v_numbering := ROW(0, engine.newest_event());
            RETURN v_numbering;
    END;

    v_numbering := ROW(0, engine.newest_event());
    SELECT r.snapshot, r.mark, r.next_mark, r.looked_for, posted.ids, posted.legs
    INTO v_snapshot, v_mark, v_next_mark, v_looked_for, v_ids, v_legs
    FROM (
        SELECT
            pg_current_snapshot() AS snapshot,
            s.mark,
            engine.next_event_mark(s.mark, "limit") AS next_mark,
            (
                SELECT range_agg(g.transaction_ids) FROM ledger.event_gaps AS g
                WHERE engine.may_have_come(g.waiting_for, pg_current_snapshot())
            ) AS looked_for
        FROM ledger.event_sequencer AS s
        OFFSET 0  -- looked for once, and not wherever it is named
    ) AS r
    CROSS JOIN LATERAL (
        SELECT array_agg(p.id ORDER BY p.id) AS ids, array_agg(p.legs ORDER BY p.id) AS legs
        FROM engine.posted_ids(
            coalesce(r.looked_for, '{}') + int8multirange(int8range(r.mark, r.next_mark, '(]'))
        ) AS p
    ) AS posted;
    IF v_next_mark = v_mark AND v_looked_for IS NULL THEN
        PERFORM engine.add_turnovers("limit");
        RETURN v_numbering;
    END IF;
    v_own := CASE WHEN v_own IS NULL THEN pg_current_xact_id() END;
    -- First of all that is written, so that a snapshot older than another's run is told so (40001).
    UPDATE ledger.event_sequencer AS s SET mark = v_next_mark WHERE s.only_row;
    PERFORM engine.keep_gaps(v_mark, v_next_mark, v_ids, v_snapshot, v_own);
    INSERT INTO ledger.event_batches (first_event_id, events, transaction_ids)
    SELECT
        v_numbering.newest + min(n.before) + 1,
        engine.total(n.legs),
        range_agg(int8range(n.id, n.id, '[]'))
    FROM (
        SELECT p.id, p.legs, engine.total(p.legs) OVER (ORDER BY p.id) - p.legs AS before
        FROM unnest(v_ids, v_legs) AS p (id, legs)
    ) AS n
    GROUP BY n.before / c_batch;

    v_numbering.numbered := engine.newest_event() - v_numbering.newest;
    v_numbering.newest := v_numbering.newest + v_numbering.numbered;
    PERFORM engine.add_turnovers(greatest("limit", v_numbering.numbered));
    RETURN v_numbering;
END;
$function$;

COMMENT ON FUNCTION bank.number_events(bigint) IS
    'Give the legs that have been committed since the last time their event ids. About limit of '
    'them, unless another session is at it. The worker calls it all the time; whoever has none '
    'calls it before bank.list_events. A repeat numbers nothing twice, so there is no key to give.';
REVOKE ALL ON FUNCTION bank.number_events(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.number_events(bigint) TO bank_operator;
