-- list_currencies: every unit that accounts can be in.
--
--   Returns  at most limit currencies whose code follows `after`
--   Errors   invalid_argument (limit, order)
--
-- It is of no account, so that who is for some alone is answered too: whoever shows an amount needs
-- to know how many decimals it has.
CREATE OR REPLACE FUNCTION bank.list_currencies(
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.currency
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT
            c.currency,
            c.exponent::bigint
        FROM ledger.currencies AS c
        WHERE c.currency > coalesce(list_currencies.after, '')
        ORDER BY c.currency
        LIMIT list_currencies."limit";
    ELSE
        RETURN QUERY
        SELECT
            c.currency,
            c.exponent::bigint
        FROM ledger.currencies AS c
        WHERE c.currency < coalesce(list_currencies.after, '~')
        ORDER BY c.currency DESC
        LIMIT list_currencies."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_currencies(bigint, text, text) IS
    'Every unit that accounts can be in. With the number of decimals that its amounts have.';
REVOKE ALL ON FUNCTION bank.list_currencies(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_currencies(bigint, text, text) TO bank_teller, bank_auditor;
