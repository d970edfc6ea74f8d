-- verify_cashbacks: see that each cashback was paid once or not at all, as its status says.
--
--   Returns  the violations of cashbacks_posted_once, pending_cashbacks_add_up,
--            claw_backs_posted, cashbacks_within_policy
CREATE OR REPLACE FUNCTION engine.verify_cashbacks(account_id text DEFAULT NULL)
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'cashbacks_posted_once', coalesce(c.account_id, log.account_id), json_build_object(
        'payment_id', coalesce('payment' || c.payment_number, log.payment_ref),
        'status', c.status, 'legs', coalesce(log.legs, 0)
    )
    FROM (
        SELECT c.*
        FROM engine.cashbacks AS c
        WHERE engine.is_asked(c.account_id, verify_cashbacks.account_id)
    ) AS c
    FULL JOIN (
        SELECT
            t.account_id, t.payment_ref, count(*) AS legs, max(t.transaction_id) AS transaction_id,
            max(t."timestamp") AS "timestamp", sum(t.amount) AS amount
        FROM ledger.ledger_transactions AS t
        WHERE t.operation = 'cashback'
            AND engine.is_asked(t.account_id, verify_cashbacks.account_id)
        GROUP BY t.account_id, t.payment_ref
    ) AS log
        ON log.account_id = c.account_id AND log.payment_ref = 'payment' || c.payment_number
    WHERE CASE WHEN c.status = 'deposited'
        THEN (log.legs, log.transaction_id, log."timestamp", log.amount)
            IS DISTINCT FROM (1, c.transaction_id, c.due_at, c.amount)
        ELSE log.legs > 0
    END;

    RETURN QUERY
    SELECT 'pending_cashbacks_add_up', a.account_id::text, json_build_object(
        'pending_cashback', a.pending_cashback, 'sum', coalesce(pending.amount, 0),
        'next_due_at', a.next_due_at, 'due_at', pending.due_at
    )
    FROM ledger.accounts AS a
    LEFT JOIN (
        SELECT c.account_id, sum(c.amount) AS amount, min(c.due_at) AS due_at
        FROM engine.cashbacks AS c
        WHERE c.status = 'pending'
            AND engine.is_asked(c.account_id, verify_cashbacks.account_id)
        GROUP BY c.account_id
    ) AS pending ON pending.account_id = a.account_id
    WHERE engine.is_asked(a.account_id, verify_cashbacks.account_id)
        AND (
            a.pending_cashback <> coalesce(pending.amount, 0)
            OR pending.due_at < coalesce(a.next_due_at, 9223372036854775807)
        );

    RETURN QUERY
    SELECT 'claw_backs_posted', coalesce(c.account_id, log.account_id), json_build_object(
        'payment_id', coalesce('payment' || c.payment_number, log.payment_ref),
        'clawed_back', c.clawed_back, 'debited', coalesce(-log.amount, 0)
    )
    FROM (
        SELECT c.*
        FROM engine.cashbacks AS c
        WHERE engine.is_asked(c.account_id, verify_cashbacks.account_id)
    ) AS c
    FULL JOIN (
        SELECT t.account_id, t.payment_ref, sum(t.amount) AS amount
        FROM ledger.ledger_transactions AS t
        WHERE t.operation = 'cashback_clawback'
            AND engine.is_asked(t.account_id, verify_cashbacks.account_id)
        GROUP BY t.account_id, t.payment_ref
    ) AS log
        ON log.account_id = c.account_id AND log.payment_ref = 'payment' || c.payment_number
    WHERE c.clawed_back IS DISTINCT FROM coalesce(-log.amount, 0);

    RETURN QUERY
    SELECT 'cashbacks_within_policy', c.account_id, json_build_object(
        'payment_id', 'payment' || c.payment_number, 'kept', c.amount - c.clawed_back,
        'paid', p.amount - p.refunded
    )
    FROM engine.cashbacks AS c
    INNER JOIN ledger.payments AS p ON p.payment_number = c.payment_number
    WHERE c.status <> 'cancelled'
        AND engine.is_asked(c.account_id, verify_cashbacks.account_id)
        AND (
            c.amount - c.clawed_back
            <= engine.cashback_for(p.amount - p.refunded, c.rate_bps, c.max_amount)
        ) IS NOT TRUE;
END;
$function$;

COMMENT ON FUNCTION engine.verify_cashbacks(text) IS
    'Internal: the violations of cashbacks.';
REVOKE ALL ON FUNCTION engine.verify_cashbacks(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('cashbacks_posted_once', 'A deposited cashback has exactly one leg, as promised; others have none.', 'verify_cashbacks', true),
('pending_cashbacks_add_up', 'An account''s pending cashback is that of its pending ones, none of which falls due before it knows.', 'verify_cashbacks', true),
('claw_backs_posted', 'What was clawed back of a cashback is what its legs took.', 'verify_cashbacks', true),
('cashbacks_within_policy', 'No cashback exceeds what the policy of its time gives for the rest of the payment.', 'verify_cashbacks', true);
