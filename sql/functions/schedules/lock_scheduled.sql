-- lock_scheduled: take the accounts of a schedule, unless somebody else holds one.
--
--   Returns  whether it has both
--   Locks    the accounts, FOR NO KEY UPDATE SKIP LOCKED
--
-- A collecting target too, though crediting it needs no lock: so that nobody folds its credits
-- meanwhile, after which the time chosen for the transfer would be in its past.
CREATE OR REPLACE FUNCTION engine.lock_scheduled(schedule ledger.schedules)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    PERFORM FROM ledger.accounts AS a
    WHERE a.account_id = schedule.account_id
    FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM ledger.accounts AS a
    WHERE a.account_id = schedule.target_account_id
    FOR NO KEY UPDATE SKIP LOCKED;
    RETURN FOUND;
END;
$function$;

COMMENT ON FUNCTION engine.lock_scheduled(ledger.schedules) IS
    'Internal: locks the accounts of a schedule unless they are locked; tells whether it did.';
REVOKE ALL ON FUNCTION engine.lock_scheduled(ledger.schedules) FROM PUBLIC;
