-- Refunds: a payment given back in parts, and what becomes of its cashback.

SELECT account_id, balance FROM bank.create_account_at('refunds.alice', "timestamp" => 1767225600000);
SELECT account_id, balance FROM bank.create_account_at('refunds.shop', "timestamp" => 1767225600000);
SELECT balance FROM bank.deposit_at('refunds.alice', 10000, "timestamp" => 1767225600000);

SELECT amount, balance, cashback ->> 'amount' AS cashback, payment_id AS purchase
FROM bank.pay_at('refunds.alice', 10000, 'refunds.shop', "timestamp" => 1767225600000) \gset

\echo cashback promised: :cashback

-- While the cashback is pending it shrinks with the payment.
SELECT amount, refunded, refundable, cashback_cancelled, cashback_clawed_back, balance
FROM bank.refund_payment_at(:'purchase', 2500, "timestamp" => 1767229200000);

-- A day after the payment the rest of it is deposited; from then on it is clawed back.
SELECT balance, pending_cashback FROM bank.get_balance('refunds.alice', "timestamp" => 1767312000000);
SELECT amount, refunded, refundable, cashback_cancelled, cashback_clawed_back, balance
FROM bank.refund_payment_at(:'purchase', 5000, "timestamp" => 1767312000000);

-- An account that has spent its cashback pays it from the refund: what was netted is told.
SELECT balance FROM bank.withdraw_at('refunds.alice', 7550, "timestamp" => 1767312000000);
SELECT amount, refundable, cashback_clawed_back, cashback_netted, balance
FROM bank.refund_payment_at(:'purchase', "timestamp" => 1767312000000);

SELECT refunded, cashback ->> 'promised' AS promised, cashback ->> 'amount' AS deposited,
    cashback ->> 'clawed_back' AS clawed_back
FROM bank.get_payment(:'purchase');

SELECT amount FROM bank.refund_payment_at(:'purchase', 1, "timestamp" => 1767312000000);

SELECT t.timestamp, t.operation, t.amount, t.balance_after, t.contra_account_id
FROM bank.list_transactions('refunds.alice', "timestamp" => 1767312000000) AS t;
