-- verify_exchanges: see that both sides of each exchange are what was agreed.
--
--   Returns  the violations of exchanges_as_agreed
--
-- Both go through the house's position, so neither names the other as its contra account, and the
-- books balance whoever is credited, and with how much. What was agreed both sides say in their
-- details; that of a collecting account is not sealed before it is folded.
CREATE OR REPLACE FUNCTION engine.verify_exchanges(account_id text DEFAULT NULL)
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_ids bigint[] := engine.transactions_of(account_id, 'exchange');
BEGIN
    RETURN QUERY
    SELECT
        'exchanges_as_agreed',
        coalesce(verify_exchanges.account_id, min(side.account_id)),
        json_build_object('transaction_id', side.transaction_id, 'sides', count(*))
    FROM (
        SELECT
            l.transaction_id,
            l.leg,
            l.account_id,
            l.amount,
            CASE jsonb_typeof(l.details) WHEN 'object' THEN l.details - 'credited_at' END AS agreed,
            CASE WHEN l.amount < 0 THEN 'source' ELSE 'target' END AS name
        FROM (
            SELECT t.transaction_id, t.leg, t.account_id, t.amount, t.details
            FROM ledger.ledger_transactions AS t
            WHERE t.operation = 'exchange'
            UNION ALL
            SELECT c.transaction_id, c.leg, c.account_id, c.amount, c.details
            FROM ledger.collected_credits AS c
            WHERE c.operation = 'exchange'
        ) AS l
        WHERE v_ids IS NULL OR l.transaction_id = ANY(v_ids)
    ) AS side
    GROUP BY side.transaction_id
    HAVING (
        count(*) = 2
        AND bool_and(side.name = CASE side.leg WHEN 1 THEN 'source' ELSE 'target' END)
        AND count(DISTINCT side.name) = 2
        AND count(DISTINCT side.agreed) = 1
        AND bool_and((
            side.agreed ->> (side.name || '_account_id') = side.account_id
            AND side.agreed ->> (side.name || '_amount') = abs(side.amount)::text
        ) IS TRUE)
    ) IS NOT TRUE;
END;
$function$;

COMMENT ON FUNCTION engine.verify_exchanges(text) IS
    'Internal: the violations of exchanges.';
REVOKE ALL ON FUNCTION engine.verify_exchanges(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('exchanges_as_agreed', 'Each exchange takes from one account and gives to another what the legs of both say was agreed.', 'verify_exchanges', true);
