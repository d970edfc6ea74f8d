-- give_turns: say when accounts are looked at next, of which what was due has been run.
--
--   Writes   ledger.schedule_turns
--   Locks    nothing: the caller holds the accounts
--
-- That is when something is due next; NULL where nothing is. Where more is due already, the account
-- waits behind those that wait at the moment, or a given time that is earlier.
CREATE OR REPLACE FUNCTION engine.give_turns(account_ids text[], "timestamp" bigint)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    v_now bigint := engine.now();
BEGIN
    UPDATE ledger.schedule_turns AS t
    SET turn_at = (
        SELECT CASE WHEN count(*) > 0
            THEN greatest(min(s.next_run_at), least(give_turns."timestamp", v_now))
        END
        FROM ledger.schedules AS s
        WHERE s.account_id = t.account_id AND s.status = 'active'
    )
    WHERE t.account_id = ANY(account_ids);
END;
$function$;

COMMENT ON FUNCTION engine.give_turns(text[], bigint) IS
    'Internal: when locked accounts are looked at next for scheduled transfers that are due.';
REVOKE ALL ON FUNCTION engine.give_turns(text[], bigint) FROM PUBLIC;
