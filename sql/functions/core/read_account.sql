-- read_account: an account's row for a read, without a lock.
--
--   Returns  the row
--   Errors   account_not_found
CREATE OR REPLACE FUNCTION engine.read_account(account_id text)
RETURNS ledger.accounts
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_account ledger.accounts;
BEGIN
    SELECT a.* INTO v_account
    FROM ledger.accounts AS a
    WHERE a.account_id = read_account.account_id AND engine.is_own(a.account_id);
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'account_not_found', json_build_object('account_id', read_account.account_id)
        );
    END IF;
    RETURN v_account;
END;
$function$;

COMMENT ON FUNCTION engine.read_account(text) IS
    'Internal: an account''s row without a lock; raises account_not_found.';
REVOKE ALL ON FUNCTION engine.read_account(text) FROM PUBLIC;
