-- note_gaps: keep account of the transaction_ids that have not been seen yet.
--
--   Writes   ledger.event_gaps: what is left of the gaps there were, and of the ids from first_id
--            to last_id (NULL: there are none), without those seen; gaps that nobody can fill are
--            gone
--
-- ended is the oldest xid in use when the ids were looked for. without_xid says that this
-- transaction had no xid by then, so that the one it takes now is above those of all who drew the
-- ids; otherwise a later run sets the horizon. So it does for a horizon from a future that a
-- restored backup brought.
CREATE OR REPLACE FUNCTION engine.note_gaps(
    first_id bigint, last_id bigint, seen bigint[], ended xid8, without_xid boolean
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_horizon xid8;
BEGIN
    WITH touched AS (
        DELETE FROM ledger.event_gaps AS g
        WHERE g.horizon <= note_gaps.ended
            OR EXISTS (
                SELECT FROM unnest(seen) AS s (id) WHERE s.id BETWEEN g.first_id AND g.last_id
            )
        RETURNING g.first_id, g.last_id, g.horizon
    ), ranges AS (
        SELECT t.first_id, t.last_id, t.horizon
        FROM touched AS t
        WHERE (t.horizon <= note_gaps.ended) IS NOT TRUE
        UNION ALL
        SELECT note_gaps.first_id, note_gaps.last_id, NULL
        WHERE note_gaps.last_id IS NOT NULL
    )
    INSERT INTO ledger.event_gaps (first_id, last_id, horizon)
    SELECT step.after + 1, step.id - 1, step.horizon
    FROM (
        SELECT
            r.horizon,
            s.id,
            lag(s.id, 1, r.first_id - 1) OVER (PARTITION BY r.first_id ORDER BY s.id) AS after
        FROM ranges AS r
        CROSS JOIN LATERAL (
            SELECT u.id FROM unnest(seen) AS u (id) WHERE u.id BETWEEN r.first_id AND r.last_id
            UNION
            SELECT r.last_id + 1
        ) AS s
    ) AS step
    WHERE step.id > step.after + 1;

    IF without_xid AND EXISTS (
        SELECT FROM ledger.event_gaps AS g
        WHERE g.horizon IS NULL OR g.horizon > pg_snapshot_xmax(pg_current_snapshot())
    ) THEN
        v_horizon := pg_current_xact_id();
        UPDATE ledger.event_gaps AS g
        SET horizon = v_horizon
        WHERE g.horizon IS NULL OR g.horizon > v_horizon;
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.note_gaps(bigint, bigint, bigint[], xid8, boolean) IS
    'Internal: remembers transaction_ids not seen yet, and forgets those nobody can bring any '
    'more.';
REVOKE ALL ON FUNCTION engine.note_gaps(bigint, bigint, bigint[], xid8, boolean) FROM PUBLIC;
