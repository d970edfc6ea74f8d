-- account_writers: the transactions of others that have locked or written accounts and go on.
--
--   Returns  their virtual ids
--
-- VOLATILE, as it asks the lock manager, not the snapshot.
CREATE OR REPLACE FUNCTION engine.account_writers()
RETURNS text[]
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN ARRAY(
        SELECT l.virtualtransaction
        FROM pg_locks AS l
        WHERE l.locktype = 'relation'
            AND l.database = (
                SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()
            )
            AND l.relation = 'ledger.accounts'::regclass
            AND l.mode IN ('RowShareLock', 'RowExclusiveLock')
            AND l.granted
            AND l.pid IS DISTINCT FROM pg_backend_pid()
    );
END;
$function$;

COMMENT ON FUNCTION engine.account_writers() IS
    'Internal: virtual ids of other transactions that are at work on accounts.';
REVOKE ALL ON FUNCTION engine.account_writers() FROM PUBLIC;
