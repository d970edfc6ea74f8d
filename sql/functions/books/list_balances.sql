-- list_balances: what every account holds, now or at a moment, in byte order of account_id.
--
--   Returns  at most limit balances whose account_id follows `after`; none of accounts opened later
--            than the moment
--   Errors   invalid_argument (limit), invalid_timestamp
CREATE OR REPLACE FUNCTION bank.list_balances(
    "timestamp" bigint DEFAULT NULL, "limit" bigint DEFAULT 100, after text DEFAULT NULL
)
RETURNS SETOF bank.balance
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_timestamp(list_balances."timestamp");
    RETURN QUERY
    SELECT b.*
    FROM (
        SELECT a AS account
        FROM ledger.accounts AS a
        WHERE a.account_id > coalesce(list_balances.after, '')
            AND (list_balances."timestamp" IS NULL OR a.created_at <= list_balances."timestamp")
        ORDER BY a.account_id
        LIMIT list_balances."limit"
    ) AS page
    CROSS JOIN LATERAL engine.balance_at(
        page.account,
        coalesce(list_balances."timestamp", greatest(engine.now(), (page.account).last_timestamp))
    ) AS b
    ORDER BY (page.account).account_id;
END;
$function$;

COMMENT ON FUNCTION bank.list_balances(bigint, bigint, text) IS
    'Balances (minor units) of all accounts that existed at timestamp (ms, default now), sorted by '
    'account_id (bytes), after the given one, at most limit (NULL: all). Raises invalid_argument, '
    'invalid_timestamp.';
REVOKE ALL ON FUNCTION bank.list_balances(bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_balances(bigint, bigint, text) TO bank_teller, bank_auditor;
