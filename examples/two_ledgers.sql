-- Two ledgers of one database (pgteller init --schema shop1), and money that goes from one to the
-- other: in one transaction, so that it is never in both, and never in none.

SELECT account_id FROM bank.create_account_at('alice', "timestamp" => 1000);
SELECT account_id FROM shop1.create_account_at('alice', "timestamp" => 1000);
SELECT balance FROM bank.deposit_at('alice', 10000, "timestamp" => 2000);

BEGIN;
SELECT transaction_id, balance FROM bank.withdraw_at(
    'alice', 4000, "timestamp" => 3000,
    metadata => '{"to": "shop1"}', idempotency_key => 'move-1'
);
SELECT transaction_id, balance FROM shop1.deposit_at(
    'alice', 4000, "timestamp" => 3000,
    metadata => '{"from": "bank"}', idempotency_key => 'move-1'
);
COMMIT;

-- What one of them refuses undoes the other.
BEGIN;
SELECT balance FROM shop1.deposit_at('alice', 7000, "timestamp" => 4000);
SELECT balance FROM bank.withdraw_at('alice', 7000, "timestamp" => 4000);
ROLLBACK;

-- The house side of each says what went out and what came in.
SELECT b.account_id, b.balance, s.balance AS shop1
FROM bank.trial_balance() AS b
INNER JOIN shop1.trial_balance() AS s ON s.account_id = b.account_id AND s.currency = b.currency;
SELECT count(*) FILTER (WHERE NOT ok) AS wrong FROM bank.verify_ledger();
SELECT count(*) FILTER (WHERE NOT ok) AS wrong FROM shop1.verify_ledger();
