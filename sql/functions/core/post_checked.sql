-- post_checked: post the legs of one transaction on locked accounts, or refuse.
--
--   Writes   what engine.post_legs and engine.watch write
--   Locks    nothing: the caller holds the accounts
--   Errors   of the legs in their order account_frozen, account_blocked, account_closed,
--            insufficient_funds, balance_limit_exceeded
CREATE OR REPLACE FUNCTION engine.post_checked(drafts engine.draft[], force boolean)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    v_refusal engine.refusal := engine.check_legs(drafts, force);
BEGIN
    IF v_refusal.name IS NOT NULL THEN
        PERFORM engine.refuse(v_refusal.name, v_refusal.detail);
    END IF;
    IF EXISTS (
        SELECT FROM ledger.accounts AS a
        WHERE a.account_id = ANY(ARRAY(SELECT d.account_id FROM unnest(drafts) AS d))
            AND a.monitored
    ) THEN
        drafts := engine.watch(drafts);
    END IF;
    PERFORM engine.post_legs(drafts);
END;
$function$;

COMMENT ON FUNCTION engine.post_checked(engine.draft[], boolean) IS
    'Internal: posts the legs of one transaction, or raises what forbids it.';
REVOKE ALL ON FUNCTION engine.post_checked(engine.draft[], boolean) FROM PUBLIC;
