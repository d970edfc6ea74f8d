-- refuse_parties: raise what forbids to move money from the account to the other one, if anything.
--
--   Errors   currency_mismatch, account_frozen, account_blocked, account_closed,
--            insufficient_funds (of the account), account_blocked, account_closed,
--            balance_limit_exceeded (of the other)
CREATE OR REPLACE FUNCTION engine.refuse_parties(
    parties engine.parties, required bigint, amount bigint
)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF engine.check_parties(parties, required, amount) = 'currency_mismatch' THEN
        PERFORM engine.refuse('currency_mismatch', json_build_object(
            'source_currency', (parties.account).currency,
            'target_currency', (parties.other).currency
        ));
    END IF;
    PERFORM engine.refuse_debit(parties.account, required);
    PERFORM engine.refuse_credit(parties.other, amount);
END;
$function$;

COMMENT ON FUNCTION engine.refuse_parties(engine.parties, bigint, bigint) IS
    'Internal: raises what forbids to move money between two accounts.';
REVOKE ALL ON FUNCTION engine.refuse_parties(engine.parties, bigint, bigint) FROM PUBLIC;
