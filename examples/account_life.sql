-- The life of an account: frozen, blocked, given an overdraft, closed for ever. Each change is a
-- zero-amount entry of its history, with its reason.

SELECT account_id, status FROM bank.create_account_at('alice', "timestamp" => 1000);
SELECT account_id, status FROM bank.create_account_at('bob', "timestamp" => 1000);
SELECT balance FROM bank.deposit_at('alice', 10000, "timestamp" => 2000);

-- Frozen: credits arrive, debits are refused.
SELECT status FROM bank.freeze_account('alice', 'card stolen', "timestamp" => 3000);
SELECT balance FROM bank.deposit_at('alice', 500, "timestamp" => 3000);
SELECT * FROM bank.transfer_at('alice', 'bob', 100, "timestamp" => 3000);

-- Blocked: neither.
SELECT status FROM bank.block_account('alice', 'court order', "timestamp" => 4000);
SELECT * FROM bank.deposit_at('alice', 500, "timestamp" => 4000);

-- Active again; once more would change nothing, so it is refused.
SELECT status FROM bank.unfreeze_account('alice', 'order lifted', "timestamp" => 5000);
SELECT status FROM bank.unfreeze_account('alice', 'order lifted', "timestamp" => 5000);

-- An overdraft, not below what is in use
SELECT available FROM bank.set_overdraft_limit('bob', 2000, 'salary account', "timestamp" => 6000);
SELECT balance, available FROM bank.withdraw_at('bob', 1500, "timestamp" => 6000);
SELECT available FROM bank.set_overdraft_limit('bob', 1000, 'caution', "timestamp" => 7000);
SELECT available FROM bank.set_overdraft_limit('bob', 1500, 'caution', "timestamp" => 7000);

-- Metadata is replaced as a whole.
SELECT metadata FROM bank.set_account_metadata('bob', 7000, '{"branch": "north"}');

-- An account that many pay into collects its credits without a lock, and folds them in when asked.
SELECT account_id FROM bank.create_account_at('shop', "timestamp" => 1000);
SELECT collecting FROM bank.set_collecting('shop', true, "timestamp" => 7000);
SELECT balance FROM bank.pay_at('alice', 2500, merchant_account_id => 'shop', "timestamp" => 8000);
SELECT collecting, balance, version FROM bank.set_collecting('shop', false, "timestamp" => 9000);

-- What payments earn, for the future only
SELECT * FROM bank.set_cashback_policy('EUR', 100, max_amount => 500);

-- Closed, with nothing left and nothing promised
SELECT status FROM bank.close_account('alice', 'moved away', "timestamp" => 9000);
SELECT balance FROM bank.withdraw_at('alice', 8000, "timestamp" => 9000);
SELECT status FROM bank.close_account('alice', 'moved away', "timestamp" => 9000);
SELECT balance FROM bank.withdraw_at('alice', 50, "timestamp" => 86408000);
SELECT status FROM bank.close_account('alice', 'moved away', "timestamp" => 86408000);
SELECT status FROM bank.unfreeze_account('alice', 'came back', "timestamp" => 86408000);

SELECT "timestamp", operation, amount, balance_after, details
FROM bank.list_transactions('alice', 86408000);
