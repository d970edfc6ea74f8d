-- verify_cashback_policies: see that every policy is as the chain of @ledger says last.
--
--   Returns  the violations of cashback_policies_logged
CREATE OR REPLACE FUNCTION engine.verify_cashback_policies()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'cashback_policies_logged', '@ledger', json_build_object(
        'currency', coalesce(p.currency, logged.currency), 'rate_bps', p.rate_bps,
        'delay_ms', p.delay_ms, 'max_amount', p.max_amount, 'logged', logged.policy
    )
    FROM ledger.cashback_policies AS p
    FULL JOIN (
        SELECT DISTINCT ON (told.currency) told.currency, told.policy
        FROM (
            SELECT began.key COLLATE "C" AS currency, began.value AS policy, 1 AS version
            FROM ledger.ledger_transactions AS t
            CROSS JOIN LATERAL jsonb_each(t.details -> 'cashback_policies') AS began
            WHERE t.account_id = '@ledger' AND t.version = 1
            UNION ALL
            SELECT t.details ->> 'currency', t.details, t.version
            FROM ledger.ledger_transactions AS t
            WHERE t.account_id = '@ledger' AND t.operation = 'set_cashback_policy'
        ) AS told
        ORDER BY told.currency, told.version DESC
    ) AS logged ON logged.currency = p.currency
    WHERE (p.rate_bps, p.delay_ms, p.max_amount) IS DISTINCT FROM (
        (logged.policy ->> 'rate_bps')::integer, (logged.policy ->> 'delay_ms')::bigint,
        (logged.policy ->> 'max_amount')::bigint
    );
END;
$function$;

COMMENT ON FUNCTION engine.verify_cashback_policies() IS
    'Internal: the violations of cashback policies.';
REVOKE ALL ON FUNCTION engine.verify_cashback_policies() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('cashback_policies_logged', 'Each cashback policy is the one logged last.', 'verify_cashback_policies');
