-- create_currency: make a unit that accounts can be in.
--
--   Returns  the currency, and whether it is new
--   Writes   ledger.currencies, one leg of @ledger
--   Locks    nothing
--   Errors   limited_to_accounts, invalid_argument (currency, exponent), currency_exists
--
-- exponent is the number of decimals of its minor unit. It says what every amount means, so it
-- never changes, and neither does a currency go. No key is needed: a repeat answers with created
-- false. Payments in it earn a cashback once bank.set_cashback_policy says so.
CREATE OR REPLACE FUNCTION bank.create_currency(currency text, exponent bigint)
RETURNS bank.currency_created
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_currency bank.currency_created;
BEGIN
    PERFORM engine.refuse_limited();
    -- Says the rules of the table again, with a better message. XXX is what @ledger is in: none.
    IF (currency COLLATE "C" ~ '^[A-Z][A-Z0-9_]{2,11}$' AND currency <> 'XXX') IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'currency', 'value', left(currency, 64),
            'expected', '3 to 12 of A to Z, 0 to 9 and _, the first of them a letter, and not XXX'
        ));
    ELSIF (exponent BETWEEN 0 AND 18) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'exponent', 'value', exponent, 'expected', '0 to 18'
        ));
    END IF;

    INSERT INTO ledger.currencies (currency, exponent)
    VALUES (create_currency.currency, create_currency.exponent)
    ON CONFLICT ON CONSTRAINT currencies_pkey DO NOTHING;
    v_currency.created := FOUND;
    IF v_currency.created THEN
        PERFORM engine.record_setting('create_currency', jsonb_build_object(
            'currency', create_currency.currency, 'exponent', create_currency.exponent
        ));
    END IF;
    SELECT c.currency, c.exponent INTO STRICT v_currency.currency, v_currency.exponent
    FROM ledger.currencies AS c
    WHERE c.currency = create_currency.currency;
    IF v_currency.exponent <> create_currency.exponent THEN
        PERFORM engine.refuse('currency_exists', json_build_object(
            'currency', v_currency.currency, 'exponent', v_currency.exponent
        ));
    END IF;
    RETURN v_currency;
END;
$function$;

COMMENT ON FUNCTION bank.create_currency(text, bigint) IS
    'Make a unit that accounts can be in. Its exponent says what every amount means, so it never '
    'changes. A repeat answers with created false, so there is no key to give.';
REVOKE ALL ON FUNCTION bank.create_currency(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.create_currency(text, bigint) TO bank_operator;
