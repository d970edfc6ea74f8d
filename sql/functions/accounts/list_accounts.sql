-- list_accounts: accounts in byte order of account_id.
--
--   Returns  at most limit accounts whose id follows `after`
--   Errors   invalid_argument (limit, order)
--
-- No id is as long as 65 of the last character there is, nor comes after that.
CREATE OR REPLACE FUNCTION bank.list_accounts(
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.account
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
    ELSE
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
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_accounts(bigint, text, text) IS
    'Accounts in byte order of account_id.';
REVOKE ALL ON FUNCTION bank.list_accounts(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_accounts(bigint, text, text) TO bank_teller, bank_auditor;
