-- list_accounts: accounts, in byte order of account_id or by another column, all or some.
--
--   Returns  at most limit accounts that follow `after` and pass every filter given
--   Errors   invalid_argument (limit, order, sort, search, status), unknown_currency,
--            account_not_found (after, where sort is not account_id)
--
-- What most callers ask for has two statements of its own, which need no planning, and no call to
-- be checked: whatever seeks or sorts is engine.sought_accounts. No id is as long as 65 of the last
-- character there is, nor comes after that.
CREATE OR REPLACE FUNCTION bank.list_accounts(
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc',
    search text DEFAULT NULL,
    status text DEFAULT NULL,
    currency text DEFAULT NULL,
    sort text DEFAULT 'account_id'
)
RETURNS SETOF bank.account
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF "limit" < 1 THEN
        PERFORM engine.check_limit("limit");  -- which refuses it
    ELSIF search IS NOT NULL
        OR status IS NOT NULL
        OR currency IS NOT NULL
        OR sort IS DISTINCT FROM 'account_id'
    THEN
        RETURN QUERY
        SELECT shown.*
        FROM unnest(engine.sought_accounts(
            "limit", after, "order", search, status, currency, sort
        )) WITH ORDINALITY AS sought (account_id, place)
        INNER JOIN ledger.accounts AS a ON sought.account_id = a.account_id
        CROSS JOIN LATERAL engine.show_account(a) AS shown
        ORDER BY sought.place;
    ELSIF "order" = 'asc' THEN
        RETURN QUERY
        SELECT shown.*
        FROM (
            SELECT a AS account
            FROM ledger.accounts AS a
            WHERE a.account_id > coalesce(list_accounts.after, '') AND a.account_id <> '@ledger'
                AND engine.is_own(a.account_id)
            ORDER BY a.account_id
            LIMIT list_accounts."limit"
        ) AS page
        -- Not (engine.show_account(...)).*, which would call it once per column.
        CROSS JOIN LATERAL engine.show_account(page.account) AS shown
        ORDER BY (page.account).account_id;
    ELSIF "order" = 'desc' THEN
        RETURN QUERY
        SELECT shown.*
        FROM (
            SELECT a AS account
            FROM ledger.accounts AS a
            WHERE a.account_id < coalesce(list_accounts.after, repeat(chr(1114111), 65))
                AND a.account_id <> '@ledger'
                AND engine.is_own(a.account_id)
            ORDER BY a.account_id DESC
            LIMIT list_accounts."limit"
        ) AS page
        CROSS JOIN LATERAL engine.show_account(page.account) AS shown
        ORDER BY (page.account).account_id DESC;
    ELSE
        PERFORM engine.check_order("order");  -- which refuses it
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_accounts(bigint, text, text, text, text, text, text) IS
    'Accounts, in byte order of account_id or by another column, all or some. Those that pass '
    'every filter given. By another column `after` must be an account that there is, and the page '
    'goes on from where that stands now: what has moved meanwhile may be missed, or listed twice. '
    'By balance means by what is posted, without cashback that is due; and by minor units, so it '
    'is for one currency at a time.';
REVOKE ALL ON FUNCTION bank.list_accounts(bigint, text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_accounts(bigint, text, text, text, text, text, text)
TO bank_teller, bank_auditor;
