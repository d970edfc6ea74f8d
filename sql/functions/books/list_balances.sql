-- list_balances: what every account holds, now or at a moment, in byte order of account_id.
--
--   Returns  at most limit balances whose account_id follows `after`; none of accounts opened later
--            than the moment, unless by value_at something counts on them before
--   Errors   invalid_argument (limit, order, by), invalid_timestamp
--
-- No id is as long as 65 of the last character there is, nor comes after that.
CREATE OR REPLACE FUNCTION bank.list_balances(
    "timestamp" bigint DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    by text DEFAULT 'timestamp',
    "order" text DEFAULT 'asc'
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
    PERFORM engine.check_order("order");
    PERFORM engine.check_by(by);
    PERFORM engine.check_timestamp(list_balances."timestamp");
    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT b.*
        FROM (
            SELECT a AS account
            FROM ledger.accounts AS a
            WHERE a.account_id > coalesce(list_balances.after, '')
                AND a.account_id <> '@ledger'
                AND engine.is_own(a.account_id)
                AND engine.is_there(a, list_balances."timestamp", by)
            ORDER BY a.account_id
            LIMIT list_balances."limit"
        ) AS page
        CROSS JOIN LATERAL engine.balance_at(
            page.account,
            coalesce(
                list_balances."timestamp", greatest(engine.now(), (page.account).last_timestamp)
            ),
            by
        ) AS b
        ORDER BY (page.account).account_id;
    ELSE
        RETURN QUERY
        SELECT b.*
        FROM (
            SELECT a AS account
            FROM ledger.accounts AS a
            WHERE a.account_id < coalesce(list_balances.after, repeat(chr(1114111), 65))
                AND a.account_id <> '@ledger'
                AND engine.is_own(a.account_id)
                AND engine.is_there(a, list_balances."timestamp", by)
            ORDER BY a.account_id DESC
            LIMIT list_balances."limit"
        ) AS page
        CROSS JOIN LATERAL engine.balance_at(
            page.account,
            coalesce(
                list_balances."timestamp", greatest(engine.now(), (page.account).last_timestamp)
            ),
            by
        ) AS b
        ORDER BY (page.account).account_id DESC;
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_balances(bigint, bigint, text, text, text) IS
    'What every account holds, now or at a moment, in byte order of account_id. Accounts opened '
    'later than that are left out. '
    'By value date, each leg counts from its value_at on.';
REVOKE ALL ON FUNCTION bank.list_balances(bigint, bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_balances(bigint, bigint, text, text, text)
TO bank_teller, bank_auditor;
