-- monitored_value: what a monitor of an account compares.
--
--   Returns  balance, available or held of the row given
CREATE OR REPLACE FUNCTION engine.monitored_value(account ledger.accounts, field text)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN CASE field
        WHEN 'balance' THEN account.balance
        WHEN 'available' THEN account.balance - account.held + account.overdraft_limit
        WHEN 'held' THEN account.held
    END;
END;
$function$;

COMMENT ON FUNCTION engine.monitored_value(ledger.accounts, text) IS
    'Internal: balance, available or held of an account row.';
REVOKE ALL ON FUNCTION engine.monitored_value(ledger.accounts, text) FROM PUBLIC;
