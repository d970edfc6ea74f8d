-- Reversal: a transaction undone by its mirror image, once, and never erased.

SELECT account_id, balance FROM bank.create_account_at('reversal.alice', "timestamp" => 1767225600000);
SELECT account_id, balance FROM bank.create_account_at('reversal.bob', "timestamp" => 1767225600000);
SELECT balance FROM bank.deposit_at('reversal.alice', 5000, "timestamp" => 1767225600000);

SELECT transaction_id AS wrong, balance
FROM bank.transfer_at('reversal.alice', 'reversal.bob', 5000, "timestamp" => 1767225660000) \gset

-- Bob has spent some of it, so he cannot cover it ...
SELECT balance FROM bank.withdraw_at('reversal.bob', 1000, "timestamp" => 1767225720000);
SELECT operation
FROM bank.reverse_transaction(:wrong, 'wrong account', "timestamp" => 1767225780000);

-- ... which an operator may overrule: then he owes the bank.
SELECT reverses = :wrong AS reverses_it, operation, reason, forced, legs
FROM bank.reverse_transaction(:wrong, 'wrong account', true, "timestamp" => 1767225780000);

-- Once only.
SELECT operation
FROM bank.reverse_transaction(:wrong, 'wrong account', true, "timestamp" => 1767225780000);

-- The original is as it was; each leg of the mirror names it.
SELECT t.timestamp, t.operation, t.amount, t.balance_after, t.contra_account_id,
    t.refers_to = :wrong AS reverses_it, t.details ->> 'reason' AS reason
FROM bank.list_transactions('reversal.bob', "timestamp" => 1767225780000) AS t;
