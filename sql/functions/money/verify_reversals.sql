-- verify_reversals: see that what was reversed was undone exactly, and once.
--
--   Returns  the violations of reversals_mirror
CREATE OR REPLACE FUNCTION engine.verify_reversals()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'reversals_mirror', coalesce(r.account_id, log.account_id), json_build_object(
        'transaction_id', coalesce(r.transaction_id, log.reverses),
        'reversed_by', coalesce(r.reversed_by, log.reversed_by),
        'amount', original.amount, 'reversed', log.amount
    )
    FROM ledger.reversals AS r
    FULL JOIN (
        SELECT
            t.account_id, t.reverses, count(*) AS legs, max(t.transaction_id) AS reversed_by,
            sum(t.amount) AS amount
        FROM ledger.ledger_transactions AS t
        WHERE t.reverses IS NOT NULL
        GROUP BY t.account_id, t.reverses
    ) AS log ON log.account_id = r.account_id AND log.reverses = r.transaction_id
    LEFT JOIN LATERAL (
        SELECT l.amount
        FROM ledger.ledger_transactions AS l
        WHERE l.transaction_id = coalesce(r.transaction_id, log.reverses)
            AND l.account_id = coalesce(r.account_id, log.account_id)
            AND l.amount <> 0
        UNION ALL
        SELECT c.amount
        FROM ledger.collected_credits AS c
        WHERE c.transaction_id = coalesce(r.transaction_id, log.reverses)
            AND c.account_id = coalesce(r.account_id, log.account_id)
    ) AS original ON true
    WHERE (log.legs, log.reversed_by, log.amount)
        IS DISTINCT FROM (1, r.reversed_by, -original.amount);
END;
$function$;

COMMENT ON FUNCTION engine.verify_reversals() IS
    'Internal: the violations of reversals.';
REVOKE ALL ON FUNCTION engine.verify_reversals() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('reversals_mirror', 'Each reversal is the mirror image of the transaction that it names, which has no other.', 'verify_reversals');
