-- due: all that falls due at some time and is not in the log yet, as the legs that it will be.
--
-- Cashbacks that are pending, open holds that expire, credits that were collected. In one
-- millisecond they go in this order (turn), each by its number. What is due is posted by
-- engine.settle_due, and counted by every read before that, so that the ledger reads the same
-- whoever settles and whenever.
CREATE VIEW engine.due AS
SELECT
    p.account_id,
    p.cashback_due_at AS due_at,
    1 AS turn,
    p.payment_number AS number,
    'cashback' AS operation,
    p.cashback AS amount,
    0::bigint AS held,
    -p.cashback AS pending_cashback,
    '@cashback' AS contra_account_id,
    'payment' || p.payment_number AS payment_ref,
    NULL::bigint AS transaction_id,
    1 AS leg,
    NULL::bigint AS value_at,
    NULL AS actor,
    NULL AS on_behalf_of,
    NULL::jsonb AS metadata,
    NULL::jsonb AS posting_metadata,
    NULL::jsonb AS details
FROM ledger.payments AS p
WHERE p.cashback_status = 'pending'
UNION ALL
SELECT
    h.account_id,
    h.expires_at,
    2,
    h.hold_number,
    'expire_hold',
    0,
    h.captured - h.amount,
    0,
    NULL,
    NULL,
    NULL,
    1,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    jsonb_build_object('hold_id', 'hold' || h.hold_number, 'released', h.amount - h.captured)
FROM ledger.holds AS h
WHERE h.status = 'open' AND h.expires_at IS NOT NULL
UNION ALL
SELECT
    c.account_id,
    c."timestamp",
    3,
    c.transaction_id AS number,
    c.operation,
    c.amount,
    0,
    0,
    c.contra_account_id,
    c.payment_ref,
    c.transaction_id,
    c.leg,
    c.value_at,
    c.actor,
    c.on_behalf_of,
    c.metadata,
    c.posting_metadata,
    c.details
FROM ledger.collected_credits AS c;
COMMENT ON VIEW engine.due IS
    'Internal: cashbacks, expiries and collected credits that are not in the log yet, as legs.';
