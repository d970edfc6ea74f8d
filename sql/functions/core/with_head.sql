-- with_head: an account as it stood after one of its legs, with the hash of that leg.
--
--   Returns  the account; what is remembered under a key has no head, since the head seals it
CREATE OR REPLACE FUNCTION engine.with_head(shown bank.account)
RETURNS bank.account
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    shown.head := (
        SELECT encode(t.hash, 'hex')
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = shown.account_id AND t.version = shown.version
    );
    RETURN shown;
END;
$function$;

COMMENT ON FUNCTION engine.with_head(bank.account) IS
    'Internal: an account with the hash of the leg that its version names.';
REVOKE ALL ON FUNCTION engine.with_head(bank.account) FROM PUBLIC;
