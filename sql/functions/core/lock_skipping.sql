-- lock_skipping: take accounts, those that nobody else holds.
--
--   Returns  the accounts taken, in byte order, at most limit of them (NULL: all)
--   Locks    the accounts, in byte order of account_id, FOR NO KEY UPDATE SKIP LOCKED, by one
--            statement
--
-- In byte order, though it skips what is locked: PostgreSQL waits all the same where it follows a
-- row from one update to the next, and then whoever holds that one must not wait for us.
CREATE OR REPLACE FUNCTION engine.lock_skipping(account_ids text[], "limit" bigint DEFAULT NULL)
RETURNS text[]
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN ARRAY(
        SELECT a.account_id::text
        FROM ledger.accounts AS a
        WHERE a.account_id = ANY(lock_skipping.account_ids)
        ORDER BY a.account_id
        LIMIT lock_skipping."limit"
        FOR NO KEY UPDATE SKIP LOCKED
    );
END;
$function$;

COMMENT ON FUNCTION engine.lock_skipping(text[], bigint) IS
    'Internal: locks accounts unless they are locked; tells which it has.';
REVOKE ALL ON FUNCTION engine.lock_skipping(text[], bigint) FROM PUBLIC;
