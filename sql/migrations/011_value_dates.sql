-- What an account had at a moment by value date is read from an index alone.

DROP INDEX ledger.ledger_transactions_of_value;
CREATE INDEX ledger_transactions_of_value
ON ledger.ledger_transactions (account_id, value_at) INCLUDE (amount, "timestamp", version)
WHERE value_at IS NOT NULL;
