-- with_leg: an account as it stands after its next leg.
--
--   Returns  the row given, with the balance, version, time and head of the leg
CREATE OR REPLACE FUNCTION engine.with_leg(account ledger.accounts, leg ledger.ledger_transactions)
RETURNS ledger.accounts
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    account.balance := leg.balance_after;
    account.version := leg.version;
    account.last_timestamp := leg."timestamp";
    account.head := leg.hash;
    RETURN account;
END;
$function$;

COMMENT ON FUNCTION engine.with_leg(ledger.accounts, ledger.ledger_transactions) IS
    'Internal: an account row as it stands after its next leg.';
REVOKE ALL ON FUNCTION engine.with_leg(ledger.accounts, ledger.ledger_transactions) FROM PUBLIC;
