-- verify_reversals: see that what was reversed was undone exactly, and once.
--
--   Returns  the violations of reversals_mirror
CREATE OR REPLACE FUNCTION engine.verify_reversals(account_id text DEFAULT NULL)
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_ids bigint[] := engine.transactions_of(account_id);
BEGIN
    RETURN QUERY
    SELECT 'reversals_mirror', wrong.account_id, json_build_object(
        'transaction_id', wrong.transaction_id, 'reversed_by', wrong.reversed_by
    )
    FROM (
        -- Each leg of a reversed transaction, and each leg of what reversed it, by account.
        SELECT
            coalesce(r.transaction_id, t.refers_to) AS transaction_id,
            coalesce(r.reversed_by, t.transaction_id) AS reversed_by,
            coalesce(o.account_id, t.account_id) AS account_id,
            r.transaction_id IS NOT NULL AS noted,
            coalesce(o.amount, 0) + coalesce(t.amount, 0) AS difference
        FROM (
            SELECT r.*
            FROM ledger.reversals AS r
            WHERE v_ids IS NULL OR r.transaction_id = ANY(v_ids)
        ) AS r
        LEFT JOIN LATERAL (
            SELECT l.account_id, l.contra_account_id, sum(l.amount) AS amount
            FROM ledger.ledger_transactions AS l
            WHERE l.transaction_id = r.transaction_id AND l.amount <> 0
                AND engine.is_asked(l.account_id, verify_reversals.account_id)
            GROUP BY l.account_id, l.contra_account_id
        ) AS o ON true
        FULL JOIN (
            SELECT
                l.refers_to, l.transaction_id, l.account_id, l.contra_account_id,
                sum(l.amount) AS amount
            FROM ledger.ledger_transactions AS l
            WHERE l.operation = 'reversal'
                AND engine.is_asked(l.account_id, verify_reversals.account_id)
            GROUP BY l.refers_to, l.transaction_id, l.account_id, l.contra_account_id
        ) AS t
            ON t.refers_to = r.transaction_id
            AND t.transaction_id = r.reversed_by
            AND t.account_id = o.account_id
            AND t.contra_account_id = o.contra_account_id
    ) AS wrong
    WHERE NOT wrong.noted
        OR wrong.difference <> 0
        -- Nobody moved anything; who is asked about may have a side of it that moves nothing.
        OR (wrong.account_id IS NULL AND verify_reversals.account_id IS NULL);
END;
$function$;

COMMENT ON FUNCTION engine.verify_reversals(text) IS
    'Internal: the violations of reversals.';
REVOKE ALL ON FUNCTION engine.verify_reversals(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('reversals_mirror', 'Each reversal is the mirror image of the transaction that it names, which has no other.', 'verify_reversals', true);
