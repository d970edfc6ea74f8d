-- lock_credited: take an account that is about to be credited.
--
--   Returns  its row: locked, or as last committed and unlocked where it is a collecting account;
--            the caller then credits it by engine.credit, which knows the difference
--   Locks    the account, FOR NO KEY UPDATE, unless it is collecting; then table
--            ledger.collected_credits, in the mode of any INSERT, which keeps nobody waiting but
--            bank.set_collecting
--   Errors   account_not_found
--
-- The table is locked before the account is read, and not by the INSERT that follows: what is then
-- read holds until the credit is committed. A transaction that reads by an old snapshot cannot know
-- what holds now, so it locks the account after all.
CREATE OR REPLACE FUNCTION engine.lock_credited(account_id text)
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_account ledger.accounts;
BEGIN
    -- The condition costs an ordinary account nothing; only a collecting one is read twice.
    SELECT a.* INTO v_account
    FROM ledger.accounts AS a
    WHERE a.account_id = lock_credited.account_id AND NOT a.collecting
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        LOCK TABLE ledger.collected_credits IN ROW EXCLUSIVE MODE;
        v_account := engine.read_account(lock_credited.account_id);
        IF NOT v_account.collecting  -- it stopped collecting between the two statements
            OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
        THEN
            v_account := engine.lock_account(lock_credited.account_id);
        END IF;
    END IF;
    RETURN v_account;
END;
$function$;

COMMENT ON FUNCTION engine.lock_credited(text) IS
    'Internal: an account to be credited, locked unless it is collecting; raises '
    'account_not_found.';
REVOKE ALL ON FUNCTION engine.lock_credited(text) FROM PUBLIC;
