-- lock_accounts: take any number of accounts for the rest of the transaction.
--
--   Locks    every account, in byte order of account_id, FOR NO KEY UPDATE, by one statement
--   Errors   account_not_found (the first in byte order)
CREATE OR REPLACE FUNCTION engine.lock_accounts(account_ids text[])
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    v_locked text[];
    v_missing text;
BEGIN
    PERFORM engine.refuse_foreign(account_ids);
    v_locked := ARRAY(
        SELECT a.account_id::text
        FROM ledger.accounts AS a
        WHERE a.account_id = ANY(account_ids)
        ORDER BY a.account_id
        FOR NO KEY UPDATE
    );
    -- Of what is locked, and not of what is there by now: one that was made meanwhile is not.
    v_missing := (
        SELECT min(missing.id COLLATE "C")
        FROM (
            SELECT named.id FROM unnest(account_ids) AS named (id)
            EXCEPT
            SELECT locked.id FROM unnest(v_locked) AS locked (id)
        ) AS missing
    );
    IF v_missing IS NOT NULL THEN
        PERFORM engine.refuse('account_not_found', json_build_object('account_id', v_missing));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.lock_accounts(text[]) IS
    'Internal: locks accounts in byte order; raises account_not_found.';
REVOKE ALL ON FUNCTION engine.lock_accounts(text[]) FROM PUBLIC;
