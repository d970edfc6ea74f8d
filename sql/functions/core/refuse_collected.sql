-- refuse_collected: refuse collected credits that are left, since the account has no room for them.
--
--   Errors   balance_limit_exceeded
--
-- The caller has folded what fits.
CREATE OR REPLACE FUNCTION engine.refuse_collected(account ledger.accounts)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_left numeric := (
        SELECT sum(c.amount)
        FROM ledger.collected_credits AS c
        WHERE c.account_id = account.account_id
    );
BEGIN
    IF v_left > 0 THEN
        PERFORM engine.refuse('balance_limit_exceeded', json_build_object(
            'account_id', account.account_id,
            'balance', account.balance,
            'pending_cashback', account.pending_cashback,
            'overdraft_limit', account.overdraft_limit,
            'amount', v_left
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_collected(ledger.accounts) IS
    'Internal: raises balance_limit_exceeded where collected credits are left.';
REVOKE ALL ON FUNCTION engine.refuse_collected(ledger.accounts) FROM PUBLIC;
