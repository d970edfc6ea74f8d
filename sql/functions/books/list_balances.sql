-- list_balances: what every account holds, now or at a moment, in byte order of account_id.
--
--   Returns  at most limit balances whose account_id follows `after`; none of accounts opened later
--            than the moment, unless by value_at something counts on them before
--   Errors   invalid_argument (limit, by), invalid_timestamp
CREATE OR REPLACE FUNCTION bank.list_balances(
    "timestamp" bigint DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    by text DEFAULT 'timestamp'
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
    PERFORM engine.check_by(by);
    PERFORM engine.check_timestamp(list_balances."timestamp");
    RETURN QUERY
    SELECT b.*
    FROM (
        SELECT a AS account
        FROM ledger.accounts AS a
        WHERE a.account_id > coalesce(list_balances.after, '')
            AND a.account_id <> '@ledger'
            AND (
                list_balances."timestamp" IS NULL
                OR engine.counts_from(a.rewound, a.account_id, 1, a.created_at)
                <= list_balances."timestamp"
                OR by = 'value_at' AND (engine.value_shift(a, list_balances."timestamp")).legs > 0
            )
        ORDER BY a.account_id
        LIMIT list_balances."limit"
    ) AS page
    CROSS JOIN LATERAL engine.balance_at(
        page.account,
        coalesce(list_balances."timestamp", greatest(engine.now(), (page.account).last_timestamp)),
        by
    ) AS b
    ORDER BY (page.account).account_id;
END;
$function$;

COMMENT ON FUNCTION bank.list_balances(bigint, bigint, text, text) IS
    'What every account holds, now or at a moment, in byte order of account_id. Accounts opened '
    'later than that are left out. '
    'By value date, each leg counts from its value_at on.';
REVOKE ALL ON FUNCTION bank.list_balances(bigint, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_balances(bigint, bigint, text, text)
TO bank_teller, bank_auditor;
