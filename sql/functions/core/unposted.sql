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
        line.transaction_id,
        greatest(line."timestamp", account.last_timestamp),
        NULL::bigint,
        line.operation,
        line.amount,
        (account.balance + sum(line.amount) OVER in_order)::bigint,
        line.contra_account_id,
        line.payment_ref,
        CASE WHEN line.operation = 'cashback' THEN false END,
        NULL::bigint,
        line.metadata,
        line.details,
        account.version + row_number() OVER in_order,
        NULL::text
    FROM (
        SELECT
            NULL::bigint AS transaction_id,
            c.due_at AS "timestamp",
            'cashback' AS operation,
            c.amount,
            '@cashback' AS contra_account_id,
            'payment' || c.payment_number AS payment_ref,
            NULL::jsonb AS metadata,
            NULL::jsonb AS details,
            1 AS turn,
            c.payment_number AS number
        FROM ledger.cashbacks AS c
        WHERE c.account_id = account.account_id
            AND c.status = 'pending'
            AND c.due_at <= unposted."timestamp"
        UNION ALL
        SELECT
            NULL,
            h.expires_at,
            'expire_hold',
            0,
            NULL,
            NULL,
            NULL,
            engine.hold_details(h, h.amount - h.captured),
            2,
            h.hold_number
        FROM ledger.holds AS h
        WHERE h.account_id = account.account_id
            AND h.status = 'open'
            AND h.expires_at <= unposted."timestamp"
        UNION ALL
        SELECT
            c.transaction_id,
            c."timestamp",
            c.operation,
            c.amount,
            c.contra_account_id,
            c.payment_ref,
            c.metadata,
            CASE WHEN c."timestamp" < account.last_timestamp THEN
                jsonb_build_object('credited_at', c."timestamp")
            END,
            3,
            c.transaction_id
        FROM ledger.collected_credits AS c
        -- One that came late will be posted at the time of the newest leg, see _fold_collected.
        WHERE c.account_id = account.account_id
            AND greatest(c."timestamp", account.last_timestamp) <= unposted."timestamp"
    ) AS line
    WINDOW in_order AS (
        ORDER BY line."timestamp", line.turn, line.number
        ROWS UNBOUNDED PRECEDING
    );
END;
$function$;

COMMENT ON FUNCTION engine.unposted(ledger.accounts, bigint) IS
    'Internal: history lines of cashbacks due, holds expired and credits collected by a moment '
    '(ms), not yet posted.';
REVOKE ALL ON FUNCTION engine.unposted(ledger.accounts, bigint) FROM PUBLIC;
