-- lock_account: take an account for the rest of the transaction.
--
--   Returns  its row, as it is once the lock is held and what it has collected is folded in
--   Writes   what engine.fold_credits writes, for a collecting account
--   Locks    the account, FOR NO KEY UPDATE; a caller that needs two takes them in byte order
--   Errors   account_not_found
CREATE OR REPLACE FUNCTION engine.lock_account(account_id text)
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
    WHERE a.account_id = lock_account.account_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'account_not_found', json_build_object('account_id', lock_account.account_id)
        );
    END IF;
    IF v_account.collecting THEN
        v_account := engine.fold_credits(v_account);
    END IF;
    RETURN v_account;
END;
$function$;

COMMENT ON FUNCTION engine.lock_account(text) IS
    'Internal: locks one account and returns its row; raises account_not_found.';
REVOKE ALL ON FUNCTION engine.lock_account(text) FROM PUBLIC;
