-- trial_balance: the balances of the house, and of all customers together, by currency.
--
--   Returns  a line per house account that was ever used, and the line @customers; the lines of a
--            currency sum to zero, or the books are broken
--   Errors   unknown_currency, invalid_timestamp
--
-- The two sides come from different places, so that their sum is a proof: the house's from the legs
-- that name it, the customers' from their accounts by the rule of every other balance. Cashback due
-- but unposted counts on both. @transit is what a collecting account was credited with before its
-- newest leg and shows only since then; it is there only where it is not zero.
CREATE OR REPLACE FUNCTION bank.trial_balance(
    currency text DEFAULT NULL, "timestamp" bigint DEFAULT NULL
)
RETURNS SETOF bank.trial_line
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_now bigint := engine.now();
BEGIN
    PERFORM engine.check_timestamp(trial_balance."timestamp");
    IF trial_balance.currency IS NOT NULL AND NOT EXISTS (
        SELECT FROM ledger.currencies AS c WHERE c.currency = trial_balance.currency
    ) THEN
        PERFORM engine.refuse(
            'unknown_currency', json_build_object('currency', trial_balance.currency)
        );
    END IF;

    RETURN QUERY
    WITH moments AS MATERIALIZED (
        SELECT
            a AS account,
            coalesce(trial_balance."timestamp", greatest(v_now, a.last_timestamp)) AS moment
        FROM ledger.accounts AS a
        WHERE trial_balance.currency IS NULL OR a.currency = trial_balance.currency
    )

    SELECT
        line.currency,
        line.account_id,
        sum(line.balance)
    FROM (
        SELECT
            b.currency,
            '@customers' AS account_id,
            b.balance::numeric
        FROM moments AS m
        CROSS JOIN LATERAL engine.balance_at(m.account, m.moment) AS b
        UNION ALL
        SELECT
            (m.account).currency,
            t.contra_account_id,
            -t.amount
        FROM moments AS m
        INNER JOIN ledger.ledger_transactions AS t ON t.account_id = (m.account).account_id
        WHERE t."timestamp" <= m.moment AND t.contra_account_id LIKE '@%'
        UNION ALL
        SELECT
            (m.account).currency,
            '@cashback',
            -c.amount
        FROM moments AS m
        INNER JOIN ledger.cashbacks AS c ON c.account_id = (m.account).account_id
        WHERE c.status = 'pending' AND c.due_at <= m.moment
        UNION ALL
        SELECT
            (m.account).currency,
            '@transit',
            t.amount
        FROM moments AS m
        INNER JOIN ledger.ledger_transactions AS t ON t.account_id = (m.account).account_id
        WHERE (t.details ->> 'credited_at')::bigint <= m.moment AND t."timestamp" > m.moment
        UNION ALL
        SELECT
            (m.account).currency,
            '@transit',
            c.amount
        FROM moments AS m
        INNER JOIN ledger.collected_credits AS c ON c.account_id = (m.account).account_id
        WHERE c."timestamp" <= coalesce(trial_balance."timestamp", c."timestamp")
            AND greatest(c."timestamp", (m.account).last_timestamp) > m.moment
    ) AS line
    GROUP BY line.currency, line.account_id
    HAVING line.account_id <> '@transit' OR sum(line.balance) <> 0
    ORDER BY line.currency, line.account_id COLLATE "C";
END;
$function$;

COMMENT ON FUNCTION bank.trial_balance(text, bigint) IS
    'Balances (minor units) of the house accounts, and of all customers together as @customers, '
    'at timestamp (ms, default now), of one currency or all that are in use; each currency sums '
    'to zero. Reads the whole log. Raises unknown_currency, invalid_timestamp.';
REVOKE ALL ON FUNCTION bank.trial_balance(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.trial_balance(text, bigint) TO bank_operator, bank_auditor;
