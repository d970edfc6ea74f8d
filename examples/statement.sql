-- Statements, balances over time, the books. A period includes its first millisecond and not its
-- last, so that periods join.

SELECT account_id FROM bank.create_account_at('alice', "timestamp" => 1000);
SELECT account_id FROM bank.create_account_at('bob', "timestamp" => 1000);
SELECT balance FROM bank.deposit_at('alice', 10000, "timestamp" => 2000);
SELECT balance FROM bank.pay_at('alice', 5000, "timestamp" => 3000, metadata => '{"order": {"id": 7}}');
SELECT balance FROM bank.transfer_at('alice', 'bob', 1200, "timestamp" => 4000);

SELECT opening, credits, debits, closing FROM bank.get_statement('alice', 0, 3000);

-- The cashback falls due at 86403000 and counts from then on, though nobody has posted it.
SELECT opening, credits, debits, closing FROM bank.get_statement('alice', 3000, 86403000);
SELECT opening, credits, debits, closing FROM bank.get_statement('alice', 86403000, 86403001);

SELECT t.operation, t.count, t.credits, t.debits
FROM bank.get_statement('alice', 0, 86403001) AS s,
    json_to_recordset(s.totals) AS t (operation text, count bigint, credits bigint, debits bigint);

-- The lines, and some of them
SELECT version, "timestamp", operation, amount, balance_after, deposited
FROM bank.list_transactions('alice', since => 3000, until => 86403001);
SELECT version, operation, amount
FROM bank.list_transactions('alice', until => 86403001, amount_max => -1000);
SELECT version, operation, amount
FROM bank.list_transactions('alice', until => 86403001, metadata => '{"order": {"id": 7}}');
SELECT version, operation, amount
FROM bank.list_transactions('alice', until => 86403001, contra_account_id => 'bob');

-- Four seconds, in four parts
SELECT * FROM bank.balance_history('alice', since => 1000, until => 5000, buckets => 4);

-- Everybody's balances at a moment, and the books, which sum to zero
SELECT account_id, balance, pending_cashback FROM bank.list_balances(86402999);
SELECT account_id, balance, pending_cashback FROM bank.list_balances(86403000);
SELECT * FROM bank.trial_balance("timestamp" => 86403000);

-- Refused: it ends before it begins.
SELECT closing FROM bank.get_statement('alice', 3000, 2999);
