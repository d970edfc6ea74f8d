-- ledger_totals: what all customers together have, and the house, by currency.
--
--   Returns  a line per currency for @customers, one per house account that was ever used, and one
--            for @transit where something has left one customer and is not with the other yet
--   Errors   limited_to_accounts
--
-- The lines of a currency sum to zero by construction: each leg counts on both sides. So that they
-- do proves nothing, as it does of bank.trial_balance, whose sides come from different places.
-- @transit are credits that a collecting account has not folded, or not as an event yet.
CREATE OR REPLACE FUNCTION bank.ledger_totals()
RETURNS SETOF bank.ledger_total
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM engine.refuse_limited();
    RETURN QUERY
    SELECT
        line.currency, line.account_id, line.accounts, line.legs, line.transactions,
        line.debits, line.credits, line.credits - line.debits, m.event_id, m.recorded_at
    FROM (
        SELECT
            t.currency,
            '@customers' AS account_id,
            coalesce(engine.total(t.legs) FILTER (WHERE t.operation = 'open'), 0)
            - coalesce(engine.total(t.legs) FILTER (WHERE t.operation = 'close_account'), 0)
                AS accounts,
            engine.total(t.legs) AS legs,
            engine.total(t.transactions) AS transactions,
            sum(t.debits) AS debits,
            sum(t.credits) AS credits
        FROM ledger.turnovers AS t
        WHERE t.every = 'ever' AND t.currency <> 'XXX'
        GROUP BY t.currency
        UNION ALL
        SELECT
            t.currency, CASE t.house WHEN '' THEN '@transit' ELSE t.house END, NULL,
            engine.total(t.legs), engine.total(t.transactions), sum(t.credits), sum(t.debits)
        FROM ledger.turnovers AS t
        WHERE t.every = 'ever' AND t.currency <> 'XXX'
        GROUP BY t.currency, t.house
        HAVING t.house <> '' OR sum(t.credits) <> sum(t.debits)
    ) AS line
    CROSS JOIN ledger.turnover_mark AS m
    ORDER BY line.currency COLLATE "C", line.account_id COLLATE "C";
END;
$function$;

COMMENT ON FUNCTION bank.ledger_totals() IS
    'What all customers together have, and the house, by currency. As of an event, and in '
    'milliseconds however long the log is: it adds up turnovers. The balances of a currency sum to '
    'zero by construction, so they are no proof, as bank.trial_balance is.';
REVOKE ALL ON FUNCTION bank.ledger_totals() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.ledger_totals() TO bank_operator, bank_auditor;
