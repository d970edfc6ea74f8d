-- list_cashback_policies: what payments earn, by currency.
--
--   Returns  at most limit policies whose currency follows `after`
--   Errors   invalid_argument (limit, order)
CREATE OR REPLACE FUNCTION bank.list_cashback_policies(
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.cashback_policy
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
            p.currency,
            p.rate_bps,
            p.delay_ms,
            p.max_amount
        FROM ledger.cashback_policies AS p
        WHERE p.currency > coalesce(list_cashback_policies.after, '')
        ORDER BY p.currency
        LIMIT list_cashback_policies."limit";
    ELSE
        RETURN QUERY
        SELECT
            p.currency,
            p.rate_bps,
            p.delay_ms,
            p.max_amount
        FROM ledger.cashback_policies AS p
        WHERE p.currency < coalesce(list_cashback_policies.after, '~')
        ORDER BY p.currency DESC
        LIMIT list_cashback_policies."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_cashback_policies(bigint, text, text) IS
    'What payments earn, by currency. A currency without one earns nothing.';
REVOKE ALL ON FUNCTION bank.list_cashback_policies(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_cashback_policies(bigint, text, text)
TO bank_teller, bank_auditor;
