-- check_currency: refuse what is no currency of the bank; NULL is refused too.
--
--   Errors   unknown_currency
CREATE OR REPLACE FUNCTION engine.check_currency(currency text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger.currencies AS c WHERE c.currency = check_currency.currency
    ) THEN
        PERFORM engine.refuse(
            'unknown_currency', json_build_object('currency', check_currency.currency)
        );
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_currency(text) IS
    'Internal: raises unknown_currency for what is no currency of the bank.';
REVOKE ALL ON FUNCTION engine.check_currency(text) FROM PUBLIC;
