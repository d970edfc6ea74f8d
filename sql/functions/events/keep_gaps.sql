-- keep_gaps: keep account of the transaction_ids that have not been seen yet.
--
--   Writes   ledger.event_gaps: of those looked into, what is left that somebody may still bring;
--            of the ids after mark and up to next_mark, those that were not seen
--
-- snapshot is that of the look for ids, own this transaction's xid, taken after it; NULL where it
-- had one earlier: then the next run tells who is waited for.
CREATE OR REPLACE FUNCTION engine.keep_gaps(
    mark bigint, next_mark bigint, seen bigint[], snapshot pg_snapshot, own xid8
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_seen int8multirange := coalesce(
        (SELECT range_agg(int8range(s.id, s.id, '[]')) FROM unnest(seen) AS s (id)), '{}'
    );
    v_unseen int8multirange := int8multirange(int8range(mark, next_mark, '(]')) - v_seen;
    v_at_work xid8[];
BEGIN
    IF own IS NOT NULL THEN
        v_at_work := ARRAY(
            SELECT x.xid FROM pg_snapshot_xip(snapshot) AS x (xid)
            UNION ALL
            SELECT n.number::text::xid8
            FROM generate_series(
                pg_snapshot_xmax(snapshot)::text::bigint, own::text::bigint - 1
            ) AS n (number)
        );
    END IF;

    UPDATE ledger.event_gaps AS g
    SET
        transaction_ids = g.transaction_ids - v_seen,
        waiting_for = CASE WHEN g.waiting_for IS NULL THEN v_at_work ELSE ARRAY(
            SELECT x.xid FROM unnest(g.waiting_for) AS x (xid)
            WHERE NOT engine.may_have_come(ARRAY[x.xid], snapshot)
        ) END
    WHERE engine.may_have_come(g.waiting_for, snapshot);
    DELETE FROM ledger.event_gaps AS g
    WHERE g.waiting_for = '{}' OR isempty(g.transaction_ids);

    IF NOT isempty(v_unseen) AND v_at_work IS DISTINCT FROM '{}' THEN
        INSERT INTO ledger.event_gaps (first_id, transaction_ids, waiting_for)
        VALUES (lower(v_unseen), v_unseen, v_at_work);
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.keep_gaps(bigint, bigint, bigint[], pg_snapshot, xid8) IS
    'Internal: remembers transaction_ids not seen yet, and forgets those nobody can bring any '
    'more.';
REVOKE ALL ON FUNCTION engine.keep_gaps(bigint, bigint, bigint[], pg_snapshot, xid8) FROM PUBLIC;
