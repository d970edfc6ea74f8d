-- may_have_come: whether ids that were waited for may be to be seen by now.
--
--   Returns  whether one of the transactions that may bring them has ended before the snapshot, or
--            it is not known which those are
--
-- Whoever is waited for has an xid below that of the run which wrote that down. One that is not
-- given out yet is of another server, out of a backup: it brings nothing here. Nobody writes down
-- a NULL, which would hide ids for ever if it were waited for.
CREATE OR REPLACE FUNCTION engine.may_have_come(waiting_for xid8[], snapshot pg_snapshot)
RETURNS boolean
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN waiting_for IS NULL OR EXISTS (
        SELECT FROM unnest(waiting_for) AS x (xid)
        WHERE x.xid IS NULL
            OR pg_visible_in_snapshot(x.xid, snapshot)
            OR x.xid >= pg_snapshot_xmax(snapshot)
    );
END;
$function$;

COMMENT ON FUNCTION engine.may_have_come(xid8[], pg_snapshot) IS
    'Internal: whether ids that were waited for may be to be seen by now.';
REVOKE ALL ON FUNCTION engine.may_have_come(xid8[], pg_snapshot) FROM PUBLIC;
