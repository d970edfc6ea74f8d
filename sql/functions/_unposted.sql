-- _unposted: what is due on an account by a moment and not yet posted, as history lines.
--
--   Returns  the lines that settlement would post now, with the versions they would get
CREATE OR REPLACE FUNCTION bank._unposted(account ledger.accounts, "timestamp" bigint)
RETURNS SETOF bank.history_line
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT
        NULL::bigint,
        c.due_at,
        NULL::bigint,
        'cashback',
        c.amount,
        (account.balance + sum(c.amount) OVER in_order)::bigint,
        '@cashback',
        'payment' || c.payment_number,
        false,
        NULL::bigint,
        NULL::jsonb,
        NULL::jsonb,
        account.version + row_number() OVER in_order,
        NULL::text
    FROM ledger.cashbacks AS c
    WHERE c.account_id = account.account_id
        AND c.status = 'pending'
        AND c.due_at <= _unposted."timestamp"
    WINDOW in_order AS (ORDER BY c.due_at, c.payment_number);
END;
$function$;

COMMENT ON FUNCTION bank._unposted(ledger.accounts, bigint) IS
    'Internal: history lines of cashbacks due by a moment (ms) and not yet posted.';
REVOKE ALL ON FUNCTION bank._unposted(ledger.accounts, bigint) FROM PUBLIC;
