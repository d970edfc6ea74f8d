-- exchange_rate: what one major unit of a currency was exchanged for, for people to read.
--
--   Returns  a decimal number as text, to at least 16 significant digits; never a float
CREATE OR REPLACE FUNCTION engine.exchange_rate(
    amount bigint, currency text, target_amount bigint, target_currency text
)
RETURNS text
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_shift integer := (
        SELECT c.exponent FROM ledger.currencies AS c WHERE c.currency = exchange_rate.currency
    ) - (
        SELECT c.exponent
        FROM ledger.currencies AS c
        WHERE c.currency = exchange_rate.target_currency
    );
BEGIN
    -- The shift of the decimal point goes into one side before the division, as a whole number.
    RETURN trim_scale(
        target_amount * 10::numeric ^ greatest(v_shift, 0)
        / (amount * 10::numeric ^ greatest(-v_shift, 0))
    )::text;
END;
$function$;

COMMENT ON FUNCTION engine.exchange_rate(bigint, text, bigint, text) IS
    'Internal: target units per source unit, in major units of each currency, as decimal text.';
REVOKE ALL ON FUNCTION engine.exchange_rate(bigint, text, bigint, text) FROM PUBLIC;
