-- unposted: cashback due by a moment, holds expired by it and credits collected by it, none of
--            them in the log yet.
--
--   Returns  the lines that settlement and folding would post now, with the versions they would get
CREATE OR REPLACE FUNCTION engine.unposted(account ledger.accounts, "timestamp" bigint)
RETURNS SETOF bank.history_line
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT
        d.transaction_id,
        greatest(d.due_at, account.last_timestamp),
        NULL::bigint,
        coalesce(d.value_at, greatest(d.due_at, account.last_timestamp)),
        d.operation,
        d.amount,
        least(account.balance + sum(d.amount) OVER in_order, 9007199254740991)::bigint,
        d.contra_account_id,
        d.payment_ref,
        CASE WHEN d.operation = 'cashback' THEN false END,
        NULL::bigint,
        d.metadata,
        d.posting_metadata,
        CASE WHEN d.due_at < account.last_timestamp
            THEN coalesce(d.details, '{}') || jsonb_build_object('credited_at', d.due_at)
            ELSE d.details
        END,
        account.version + row_number() OVER in_order,
        NULL::text
    FROM engine.due AS d
    -- A credit that came late will be posted at the time of the newest leg, see engine.settle_due.
    WHERE d.account_id = account.account_id
        AND greatest(d.due_at, account.last_timestamp) <= unposted."timestamp"
    WINDOW in_order AS (ORDER BY d.due_at, d.turn, d.number ROWS UNBOUNDED PRECEDING);
END;
$function$;

COMMENT ON FUNCTION engine.unposted(ledger.accounts, bigint) IS
    'Internal: history lines of cashbacks due, holds expired and credits collected by a moment '
    '(ms), not yet posted.';
REVOKE ALL ON FUNCTION engine.unposted(ledger.accounts, bigint) FROM PUBLIC;
