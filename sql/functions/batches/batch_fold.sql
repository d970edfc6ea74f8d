-- batch_fold: fold what a collecting account has collected before a batch begins, if that is all
-- the same to every item of it.
--
--   Returns  the account row as it now stands; with next_hold_expiry = 0 where something stays
--            collected, see engine.batch_lock
--   Writes   what engine.fold_credits writes, where settle is true and all was collected by now:
--            then it moves no timestamp that an item could get
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
CREATE OR REPLACE FUNCTION engine.batch_fold(account ledger.accounts, settle boolean)
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_now bigint := engine.now();
BEGIN
    IF settle
        AND (least(account.next_cashback_due, account.next_hold_expiry) <= v_now) IS NOT TRUE
        AND NOT EXISTS (
            SELECT FROM ledger.collected_credits AS c
            WHERE c.account_id = account.account_id AND c."timestamp" > v_now
        )
    THEN
        account := engine.fold_credits(account);
    END IF;
    IF EXISTS (
        SELECT FROM ledger.collected_credits AS c WHERE c.account_id = account.account_id
    ) THEN
        account.next_hold_expiry := 0;
    END IF;
    RETURN account;
END;
$function$;

COMMENT ON FUNCTION engine.batch_fold(ledger.accounts, boolean) IS
    'Internal: folds the collected credits of an account that a batch debits, or marks its row.';
REVOKE ALL ON FUNCTION engine.batch_fold(ledger.accounts, boolean) FROM PUBLIC;
