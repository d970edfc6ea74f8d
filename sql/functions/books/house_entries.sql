-- house_entries: every entry from its other side, credits not folded yet included.
--
-- Who wants those of a house account says both which, and LIKE '@%', as the index does. Said here,
-- it would keep the planner from merging the two tables in the order of their indexes.
CREATE VIEW engine.house_entries AS
SELECT
    t.contra_account_id AS house_account_id,
    t.transaction_id,
    t.leg,
    t."timestamp",
    t.value_at,
    t.operation,
    -t.amount AS amount,
    t.account_id,
    t.payment_ref,
    t.refers_to,
    t.metadata,
    t.posting_metadata,
    t.details
FROM ledger.ledger_transactions AS t
UNION ALL
SELECT
    c.contra_account_id,
    c.transaction_id,
    c.leg,
    c."timestamp",
    c.value_at,
    c.operation,
    -c.amount,
    c.account_id,
    c.payment_ref,
    NULL::bigint,
    c.metadata,
    c.posting_metadata,
    c.details
FROM ledger.collected_credits AS c;
COMMENT ON VIEW engine.house_entries IS
    'Internal: every entry from its other side, that of a house account where it has one.';
