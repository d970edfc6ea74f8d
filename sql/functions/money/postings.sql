-- postings: every movement of money as source, target and amount.
--
-- A leg that takes from an account, and a leg that the house gives, is a posting; the leg on the
-- other side of it tells the same. leg is the number of the leg that it is taken from.
CREATE VIEW engine.postings AS
SELECT
    t.transaction_id,
    t.leg,
    t.operation,
    t.refers_to,
    CASE WHEN t.amount < 0 THEN t.account_id ELSE t.contra_account_id END AS source_account_id,
    CASE WHEN t.amount < 0 THEN t.contra_account_id ELSE t.account_id END AS target_account_id,
    abs(t.amount) AS amount
FROM ledger.ledger_transactions AS t
WHERE t.amount < 0 OR t.amount > 0 AND t.contra_account_id LIKE '@%';
COMMENT ON VIEW engine.postings IS
    'Internal: every movement of money in the log as source, target and amount.';
