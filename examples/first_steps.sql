-- First steps: two accounts, a transfer, a payment with cashback. Operators may give timestamps
-- (milliseconds since the epoch), which makes this output the same every time.

SELECT account_id, currency, balance FROM bank.create_account_at('alice', "timestamp" => 1000);
SELECT account_id, currency, balance FROM bank.create_account_at('bob', "timestamp" => 1000);
SELECT * FROM bank.deposit_at('alice', 10000, "timestamp" => 2000);
SELECT * FROM bank.transfer_at('alice', 'bob', 2500, "timestamp" => 3000, metadata => '{"for": "rent"}');

-- 2 % cashback, due a day later to the millisecond
SELECT * FROM bank.pay_at('alice', 5000, "timestamp" => 4000);
SELECT balance, pending_cashback FROM bank.get_balance('alice', 86403999);
SELECT balance, pending_cashback FROM bank.get_balance('alice', 86404000);

-- Nobody has settled it yet; the history shows it all the same.
SELECT transaction_id, "timestamp", operation, amount, balance_after, deposited
FROM bank.list_transactions('alice', 86404000);

-- Refused: bob has 2500.
SELECT * FROM bank.withdraw_at('bob', 2501, "timestamp" => 5000);

-- Both sides of the transfer
SELECT operation, account_id, amount, balance_after, contra_account_id FROM bank.get_transaction(4);
