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

-- A part of it comes back, so a part of the money does; never more than was captured.
SELECT amount, captured, refunded, balance, available
FROM bank.refund_hold_at(:'order', 1200, "timestamp" => 1767398400000);

-- A hold that nobody captures is over at expires_at, to the millisecond, whoever notices; until
-- then it can be raised, and its end put off.
SELECT hold_id AS forgotten
FROM bank.hold_at('holds.alice', 4000, expires_at => 1767402000000, "timestamp" => 1767398400000) \gset

SELECT amount, remaining, expires_at
FROM bank.raise_hold_at(:'forgotten', 500, expires_at => 1767403000000, "timestamp" => 1767398400000);
SELECT available, held FROM bank.get_balance('holds.alice', "timestamp" => 1767402999999);
SELECT available, held FROM bank.get_balance('holds.alice', "timestamp" => 1767403000000);
SELECT status FROM bank.capture_hold_at(:'forgotten', "timestamp" => 1767403000000);

-- The log tells all of it, here the newest first.
SELECT t.timestamp, t.operation, t.amount, t.balance_after, t.details ->> 'released' AS released
FROM bank.list_transactions('holds.alice', "timestamp" => 1767403000000, "order" => 'desc') AS t;
