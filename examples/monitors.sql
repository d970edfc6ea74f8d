-- Balance monitors: a condition on an account that is told of as soon as it comes true.

SELECT account_id, balance
FROM bank.create_account_at('monitors.alice', "timestamp" => 1767225600000);
SELECT account_id, balance
FROM bank.deposit_at('monitors.alice', 10000, "timestamp" => 1767225600000);

-- Tell me when less than 50.00 is left.
SELECT account_id, field, comparison, value, triggered
FROM bank.create_monitor_at('monitors.alice', 'available', 'lt', 5000, "timestamp" => 1767225600000);

-- A purchase leaves 60.00, a hold makes 45.00 of it available: that is the crossing.
SELECT account_id, amount, available
FROM bank.pay_at('monitors.alice', 4000, "timestamp" => 1767225660000);
SELECT account_id, amount, available
FROM bank.hold_at('monitors.alice', 1500, "timestamp" => 1767225720000);

-- Less and less, but it is told once.
SELECT account_id, amount, available
FROM bank.withdraw_at('monitors.alice', 500, "timestamp" => 1767225780000);

-- The firing is an entry of the account, in the transaction that caused it ...
SELECT operation, amount, balance_after, details - 'monitor_id' - 'hold_id' AS details
FROM bank.list_transactions('monitors.alice', "timestamp" => 1767225780000);

-- ... and the monitor knows that it has fired.
SELECT field, comparison, value, triggered
FROM bank.list_monitors('monitors.alice');
