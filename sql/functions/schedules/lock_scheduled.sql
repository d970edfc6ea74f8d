-- lock_scheduled: take accounts of schedules, those that nobody else holds.
--
--   Returns  the accounts taken
--   Locks    the accounts, in byte order of account_id, FOR NO KEY UPDATE SKIP LOCKED, by one
--            statement
--
-- In byte order, though it skips what is locked: PostgreSQL waits all the same where it follows a
-- row from one update to the next, and then whoever holds that one must not wait for us.
--
-- Collecting targets too, though crediting them needs no lock: so that nobody folds their credits
-- meanwhile, after which the time chosen for the transfer would be in their past.
CREATE OR REPLACE FUNCTION engine.lock_scheduled(account_ids text[])
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
        WHERE a.account_id = ANY(lock_scheduled.account_ids)
        ORDER BY a.account_id
        FOR NO KEY UPDATE SKIP LOCKED
    );
END;
$function$;

COMMENT ON FUNCTION engine.lock_scheduled(text[]) IS
    'Internal: locks accounts unless they are locked; tells which it has.';
REVOKE ALL ON FUNCTION engine.lock_scheduled(text[]) FROM PUBLIC;
