-- refuse_target: raise what keeps an account from being the target of a hold's captures.
--
--   Locks    the target FOR KEY SHARE: any number of holds have that at once, and who closes it
--            waits for them, and then finds them
--   Errors   account_not_found, currency_mismatch, account_closed
--
-- What comes later, such as a block, decides at each capture; what is for ever is told now.
CREATE OR REPLACE FUNCTION engine.refuse_target(account ledger.accounts, target_account_id text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_target ledger.accounts;
BEGIN
    SELECT a.* INTO v_target
    FROM ledger.accounts AS a
    WHERE a.account_id = refuse_target.target_account_id AND engine.is_own(a.account_id)
    FOR KEY SHARE;
    IF NOT FOUND THEN
        PERFORM engine.refuse(
            'account_not_found', json_build_object('account_id', target_account_id)
        );
    END IF;
    IF account.currency <> v_target.currency THEN
        PERFORM engine.refuse('currency_mismatch', json_build_object(
            'source_currency', account.currency, 'target_currency', v_target.currency
        ));
    END IF;
    IF v_target.status = 'closed' THEN
        PERFORM engine.refuse(
            'account_closed', json_build_object('account_id', v_target.account_id)
        );
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_target(ledger.accounts, text) IS
    'Internal: raises account_not_found, currency_mismatch or account_closed.';
REVOKE ALL ON FUNCTION engine.refuse_target(ledger.accounts, text) FROM PUBLIC;
