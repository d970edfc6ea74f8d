-- _lock_account: take an account for the rest of the transaction.
--
--   Returns  its row, as it is once the lock is held and what it has collected is folded in
--   Writes   what bank._fold_collected writes, for a collecting account
--   Locks    the account, FOR NO KEY UPDATE; a caller that needs two takes them in byte order
--   Errors   account_not_found
--
-- No SET search_path: its callers have one, and every writer calls it.
CREATE OR REPLACE FUNCTION bank._lock_account(account_id text)
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_account ledger.accounts;
BEGIN
    SELECT a.* INTO v_account
    FROM ledger.accounts AS a
    WHERE a.account_id = _lock_account.account_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM bank._refuse(
            'account_not_found', json_build_object('account_id', _lock_account.account_id)
        );
    END IF;
    IF v_account.collecting THEN
        v_account := bank._fold_collected(v_account);
    END IF;
    RETURN v_account;
END;
$function$;

COMMENT ON FUNCTION bank._lock_account(text) IS
    'Internal: locks one account and returns its row; raises account_not_found.';
REVOKE ALL ON FUNCTION bank._lock_account(text) FROM PUBLIC;
