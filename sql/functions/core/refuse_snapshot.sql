-- refuse_snapshot: refuse a transaction that keeps its first snapshot.
--
--   Errors   invalid_argument (transaction_isolation)
--
-- For what must see all that others have committed by the time it has its locks, and where nothing
-- that they wrote would tell it so (40001).
CREATE OR REPLACE FUNCTION engine.refuse_snapshot()
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'transaction_isolation', 'value', current_setting('transaction_isolation'),
            'expected', 'read committed'
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_snapshot() IS
    'Internal: raises invalid_argument in a transaction that keeps its first snapshot.';
REVOKE ALL ON FUNCTION engine.refuse_snapshot() FROM PUBLIC;
