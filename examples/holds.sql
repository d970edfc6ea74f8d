-- Holds: money that is reserved first and taken later, as a hotel or a shop does it.

SELECT account_id, balance FROM bank.create_account_at('holds.alice', "timestamp" => 1767225600000);
SELECT account_id, balance FROM bank.create_account_at('holds.shop', "timestamp" => 1767225600000);
SELECT balance, available FROM bank.deposit_at('holds.alice', 10000, "timestamp" => 1767225600000);

-- What is held is not available, but still there; the hold ends by itself after a week.
SELECT amount, status, balance, available, held, hold_id AS "order"
FROM bank.hold_at(
    'holds.alice', 6000, expires_at => 1767830400000, target_account_id => 'holds.shop',
    "timestamp" => 1767225600000
) \gset

\echo available after the hold: :available

-- It is shipped in two parcels: the first capture keeps the rest reserved ...
SELECT amount, captured, released, remaining, status, balance, available
FROM bank.capture_hold_at(:'order', 2500, final => false, "timestamp" => 1767312000000);

-- ... the second is the last; what it does not take is available again.
SELECT amount, captured, released, remaining, status, balance, available
FROM bank.capture_hold_at(:'order', 3000, "timestamp" => 1767398400000);

SELECT account_id, balance FROM bank.get_balance('holds.shop', "timestamp" => 1767398400000);

-- A hold that nobody captures is over at expires_at, to the millisecond, whoever notices.
SELECT hold_id AS forgotten
FROM bank.hold_at('holds.alice', 4000, expires_at => 1767402000000, "timestamp" => 1767398400000) \gset

SELECT available, held FROM bank.get_balance('holds.alice', "timestamp" => 1767401999999);
SELECT available, held FROM bank.get_balance('holds.alice', "timestamp" => 1767402000000);
SELECT status FROM bank.capture_hold_at(:'forgotten', "timestamp" => 1767402000000);

-- The log tells all of it.
SELECT t.timestamp, t.operation, t.amount, t.balance_after, t.details ->> 'released' AS released
FROM bank.list_transactions('holds.alice', "timestamp" => 1767402000000) AS t;
