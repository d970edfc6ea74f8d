-- captures_of: what was captured from a hold, and what of that was given back.
--
--   Returns  a row per capture, in their order: its number among them, its transaction, what it
--            took, and what has been given back of it to the account, in minor units
--
-- A refund that is reversed gave back nothing; the reversal of a capture gave back all of it.
CREATE OR REPLACE FUNCTION engine.captures_of(
    hold ledger.holds,
    OUT number bigint,
    OUT transaction_id bigint,
    OUT captured bigint,
    OUT refunded bigint
)
RETURNS SETOF record
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
BEGIN
    RETURN QUERY
    SELECT own.number, own.transaction_id, -c.amount, coalesce(back.amount, 0)::bigint
    FROM unnest(hold.captures) WITH ORDINALITY AS own (transaction_id, number)
    INNER JOIN ledger.ledger_transactions AS c
        ON c.transaction_id = own.transaction_id
        AND c.account_id = hold.account_id
        AND c.operation = 'capture'
    LEFT JOIN LATERAL (
        SELECT sum(t.amount) AS amount
        FROM ledger.ledger_transactions AS t
        WHERE t.refers_to = own.transaction_id
            AND t.account_id = hold.account_id
            AND NOT EXISTS (
                SELECT FROM ledger.reversals AS r WHERE r.transaction_id = t.transaction_id
            )
    ) AS back ON true
    ORDER BY own.number;
END;
$function$;

COMMENT ON FUNCTION engine.captures_of(ledger.holds) IS
    'Internal: the captures of a hold, and what was given back of each, in minor units.';
REVOKE ALL ON FUNCTION engine.captures_of(ledger.holds) FROM PUBLIC;
