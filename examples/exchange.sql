-- Currency exchange: the caller gives both amounts, so the rate is exact and no rounding is hidden.
-- The house takes the one currency and gives the other; the books of each sum to zero.

SELECT account_id, currency FROM bank.create_account_at('alice', 'EUR', "timestamp" => 1000);
SELECT account_id, currency FROM bank.create_account_at('alice.usd', 'USD', "timestamp" => 1000);
SELECT account_id, currency FROM bank.create_account_at('alice.jpy', 'JPY', "timestamp" => 1000);
SELECT balance FROM bank.deposit_at('alice', 100000, "timestamp" => 2000);

-- 200.00 EUR for 217.00 USD, and 100.00 EUR for 16750 JPY, which has no decimals
SELECT * FROM bank.exchange('alice', 'alice.usd', 20000, 21700, "timestamp" => 3000);
SELECT amount, target_amount, rate, balance
FROM bank.exchange('alice', 'alice.jpy', 10000, 16750, "timestamp" => 4000);

-- All sides of the first one; the rate stands in the details of both legs.
SELECT account_id, currency, amount, contra_account_id, details ->> 'rate' AS rate
FROM bank.get_transaction(5);

-- The house is long in euros and short in dollars and yen.
SELECT * FROM bank.trial_balance("timestamp" => 4000);

-- Refused: that is a transfer.
SELECT account_id FROM bank.create_account_at('bob', 'EUR', "timestamp" => 1000);
SELECT * FROM bank.exchange('alice', 'bob', 100, 100, "timestamp" => 5000);
