-- verify_payments: see that payments and their legs tell the same.
--
--   Returns  the violations of payments_posted, payments_consistent, refunds_within_payments,
--            refunds_posted
CREATE OR REPLACE FUNCTION engine.verify_payments(account_id text DEFAULT NULL)
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'payments_posted', coalesce(p.account_id, log.account_id), json_build_object(
        'payment_id', coalesce('payment' || p.payment_number, log.payment_ref),
        'amount', p.amount, 'debited', -log.amount, 'fee', p.fee, 'fee_debited', -log.fee,
        'promised', p.promised, 'due_at', p.cashback_due_at, 'logged', log.promise
    )
    FROM (
        SELECT p.*
        FROM ledger.payments AS p
        WHERE engine.is_asked(p.account_id, verify_payments.account_id)
    ) AS p
    FULL JOIN (
        SELECT
            t.account_id, t.transaction_id, t.payment_ref,
            sum(t.amount) FILTER (WHERE t.operation = 'pay') AS amount,
            max(t.contra_account_id) FILTER (WHERE t.operation = 'pay') AS contra,
            coalesce(sum(t.amount) FILTER (WHERE t.operation = 'fee'), 0) AS fee,
            max(t."timestamp") AS "timestamp",
            max(t.details::text)::jsonb AS promise
        FROM ledger.ledger_transactions AS t
        WHERE t.operation IN ('pay', 'fee') AND t.amount < 0
            AND engine.is_asked(t.account_id, verify_payments.account_id)
        GROUP BY t.account_id, t.transaction_id, t.payment_ref
    ) AS log
        ON log.account_id = p.account_id
        AND log.transaction_id = p.transaction_id
        AND log.payment_ref = 'payment' || p.payment_number
    WHERE (
        log.amount, log.fee, log.contra, log."timestamp",
        coalesce((log.promise ->> 'cashback')::bigint, 0),
        (log.promise ->> 'due_at')::bigint, (log.promise ->> 'rate_bps')::integer,
        (log.promise ->> 'max_amount')::bigint
    ) IS DISTINCT FROM (
        -p.amount, -p.fee, coalesce(p.merchant_account_id, '@payments'), p."timestamp",
        p.promised, p.cashback_due_at, p.rate_bps, p.max_amount
    );

    RETURN QUERY
    SELECT 'payments_consistent', p.account_id, json_build_object(
        'payment_id', 'payment' || p.payment_number, 'fee', p.fee, 'promised', p.promised,
        'cashback', p.cashback, 'clawed_back', p.clawed_back, 'status', p.cashback_status,
        'due_at', p.cashback_due_at, 'transaction_id', p.cashback_transaction_id
    )
    FROM ledger.payments AS p
    WHERE engine.is_asked(p.account_id, verify_payments.account_id) AND (
        p.fee >= 0
        AND p.cashback BETWEEN 0 AND p.promised
        AND p.clawed_back BETWEEN 0 AND p.cashback
        AND (p.cashback_status IS NULL) = (p.promised = 0)
        AND (p.cashback_due_at IS NULL) = (p.promised = 0)
        AND (p.cashback = 0) = (coalesce(p.cashback_status, 'cancelled') = 'cancelled')
        AND (p.cashback_transaction_id IS NULL)
        = (p.cashback_status IS DISTINCT FROM 'deposited')
    ) IS NOT TRUE;

    RETURN QUERY
    SELECT 'refunds_within_payments', p.account_id, json_build_object(
        'payment_id', 'payment' || p.payment_number, 'amount', p.amount, 'refunded', p.refunded
    )
    FROM ledger.payments AS p
    WHERE p.refunded NOT BETWEEN 0 AND p.amount
        AND engine.is_asked(p.account_id, verify_payments.account_id);

    RETURN QUERY
    SELECT 'refunds_posted', coalesce(p.account_id, log.account_id), json_build_object(
        'payment_id', coalesce('payment' || p.payment_number, log.payment_ref),
        'refunded', p.refunded, 'credited', coalesce(log.amount, 0),
        'cancelled', p.promised - p.cashback, 'logged', coalesce(log.cancelled, 0)
    )
    FROM (
        SELECT p.*
        FROM ledger.payments AS p
        WHERE engine.is_asked(p.account_id, verify_payments.account_id)
    ) AS p
    FULL JOIN (
        SELECT
            t.account_id, t.payment_ref, sum(t.amount) AS amount,
            sum((t.details ->> 'cashback_cancelled')::bigint) AS cancelled
        FROM ledger.ledger_transactions AS t
        WHERE t.operation = 'refund' AND t.amount > 0
            AND engine.is_asked(t.account_id, verify_payments.account_id)
        GROUP BY t.account_id, t.payment_ref
    ) AS log
        ON log.account_id = p.account_id AND log.payment_ref = 'payment' || p.payment_number
    WHERE (p.refunded, p.promised - p.cashback)
        IS DISTINCT FROM (coalesce(log.amount, 0), coalesce(log.cancelled, 0));
END;
$function$;

COMMENT ON FUNCTION engine.verify_payments(text) IS
    'Internal: the violations of payments.';
REVOKE ALL ON FUNCTION engine.verify_payments(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('payments_posted', 'Each payment, with the cashback that it promised, is as its legs say, and each debit `pay` has its payment.', 'verify_payments', true),
('payments_consistent', 'What a payment says of itself and its cashback goes together.', 'verify_payments', true),
('refunds_within_payments', 'Nothing is refunded beyond what was paid.', 'verify_payments', true),
('refunds_posted', 'What was refunded of a payment, and cancelled of its cashback, is what its legs say.', 'verify_payments', true);
