-- lines_by_value: what counts on an account in a period by value date.
--
--   Returns  the lines with a value date from since to before until, in the order of their value
--            dates, those of one moment in posting order; balance_after goes on from line to line
--            in that order, so it is not the one that was sealed
--
-- What is due but unposted is among them, as in every other reading. Legs without a value date of
-- their own are found by version, the others by an index that holds no others.
CREATE OR REPLACE FUNCTION engine.lines_by_value(
    account ledger.accounts, since bigint, until bigint
)
RETURNS SETOF bank.history_line
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_balance numeric := (engine.balance_at(account, since - 1, 'value_at')).balance;
    v_counted record;
    v_line bank.history_line;
BEGIN
    FOR v_counted IN
        SELECT l.line, l.counts_at
        FROM (
            SELECT
                l AS line,
                engine.counts_from(
                    account.rewound, t.account_id, t.version, t."timestamp"
                ) AS counts_at
            FROM ledger.ledger_transactions AS t
            CROSS JOIN LATERAL engine.as_line(t) AS l
            WHERE t.account_id = account.account_id
                AND t.version > engine.version_at(account, since - 1)
                AND t.version <= engine.version_at(account, until - 1)
                AND t.value_at IS NULL
            UNION ALL
            SELECT
                l,
                t.value_at
            FROM ledger.ledger_transactions AS t
            CROSS JOIN LATERAL engine.as_line(t) AS l
            WHERE t.account_id = account.account_id
                AND t.value_at >= since
                AND t.value_at < until
            UNION ALL
            SELECT
                u,
                u.value_at
            FROM engine.unposted(account, 9007199254740991) AS u
            WHERE u.value_at >= since AND u.value_at < until
        ) AS l
        ORDER BY l.counts_at, (l.line).version
    LOOP
        v_line := v_counted.line;
        v_line.value_at := v_counted.counts_at;
        v_balance := v_balance + v_line.amount;
        v_line.balance_after := least(v_balance, 9007199254740991);
        RETURN NEXT v_line;
    END LOOP;
END;
$function$;

COMMENT ON FUNCTION engine.lines_by_value(ledger.accounts, bigint, bigint) IS
    'Internal: the lines of an account with a value date from since (ms, included) to until (not '
    'included), with the balance by value date after each.';
REVOKE ALL ON FUNCTION engine.lines_by_value(ledger.accounts, bigint, bigint) FROM PUBLIC;
