-- What went through each house account, in order.

-- Only entries that have the house on their other side pay for it.
CREATE INDEX ledger_transactions_of_house
ON ledger.ledger_transactions (contra_account_id, transaction_id, leg)
WHERE contra_account_id LIKE '@%';
