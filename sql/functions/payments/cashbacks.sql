-- cashbacks: the cashbacks that payments were promised, by themselves.
CREATE VIEW engine.cashbacks AS
SELECT
    p.account_id,
    p.payment_number,
    p."timestamp" AS created_at,
    p.cashback_due_at AS due_at,
    p.promised,
    p.cashback AS amount,
    p.clawed_back,
    p.rate_bps,
    p.max_amount,
    p.cashback_status::text AS status,
    p.cashback_transaction_id AS transaction_id
FROM ledger.payments AS p
WHERE p.cashback_status IS NOT NULL;
COMMENT ON VIEW engine.cashbacks IS 'Internal: the cashbacks that payments were promised.';
