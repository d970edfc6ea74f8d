-- _batch_fold: fold what a collecting account has collected before a batch begins, if that is all
-- the same to every item of it.
--
--   Returns  the account row as it now stands; with next_hold_expiry = 0 where something stays
--            collected, see bank._batch_lock
--   Writes   what bank._fold_collected writes, where settle is true and all was collected by now:
--            then it moves no timestamp that an item could get
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
CREATE OR REPLACE FUNCTION bank._batch_fold(account ledger.accounts, settle boolean)
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_now bigint := bank._now();
BEGIN
    IF settle
        AND (least(account.next_cashback_due, account.next_hold_expiry) <= v_now) IS NOT TRUE
        AND NOT EXISTS (
            SELECT FROM ledger.collected_credits AS c
            WHERE c.account_id = account.account_id AND c."timestamp" > v_now
        )
    THEN
        account := bank._fold_collected(account);
    END IF;
    IF EXISTS (
        SELECT FROM ledger.collected_credits AS c WHERE c.account_id = account.account_id
    ) THEN
        account.next_hold_expiry := 0;
    END IF;
    RETURN account;
END;
$function$;

COMMENT ON FUNCTION bank._batch_fold(ledger.accounts, boolean) IS
    'Internal: folds the collected credits of an account that a batch debits, or marks its row.';
REVOKE ALL ON FUNCTION bank._batch_fold(ledger.accounts, boolean) FROM PUBLIC;
