-- post_drafts: post the legs of one transaction on locked accounts, and what their monitors say.
--
--   Writes   what engine.post_legs and engine.watch write
--   Locks    nothing: the caller holds the accounts
CREATE OR REPLACE FUNCTION engine.post_drafts(drafts engine.draft[])
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
BEGIN
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

COMMENT ON FUNCTION engine.post_drafts(engine.draft[]) IS
    'Internal: posts the legs of one transaction, and what monitors say to them.';
REVOKE ALL ON FUNCTION engine.post_drafts(engine.draft[]) FROM PUBLIC;
