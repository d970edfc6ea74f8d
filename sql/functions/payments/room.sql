-- Room payments: payments, refunds, and the cashback that payments earn.
-- What its functions return, and what they refuse.

CREATE TYPE bank.payment_receipt AS (
    payment_id text,
    transaction_id bigint,
    account_id text,
    amount bigint,
    fee bigint,
    merchant_account_id text,
    balance bigint,
    available bigint,
    currency text,
    "timestamp" bigint,
    cashback json
);

CREATE TYPE bank.payment AS (
    payment_id text,
    account_id text,
    transaction_id bigint,
    amount bigint,
    fee bigint,
    merchant_account_id text,
    refunded bigint,
    currency text,
    "timestamp" bigint,
    cashback json
);

CREATE TYPE bank.cashback AS (
    payment_id text,
    account_id text,
    promised bigint,
    amount bigint,
    clawed_back bigint,
    created_at bigint,
    due_at bigint,
    status text,
    transaction_id bigint
);

CREATE TYPE bank.settlement AS (
    settled bigint,
    amount bigint,
    remaining bigint
);

-- refunded and refundable are of the whole payment, the cashback columns of this refund.
CREATE TYPE bank.refund_receipt AS (
    payment_id text,
    transaction_id bigint,
    account_id text,
    merchant_account_id text,
    amount bigint,
    refunded bigint,
    refundable bigint,
    cashback_cancelled bigint,
    cashback_clawed_back bigint,
    cashback_netted bigint,
    balance bigint,
    available bigint,
    currency text,
    "timestamp" bigint
);

CREATE TYPE bank.cashback_policy AS (
    currency text,
    rate_bps integer,
    delay_ms bigint,
    max_amount bigint
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL102', 'payment_not_found', 'Use a payment_id that a payment returned.'),
('TL315', 'refund_exceeds_payment', 'Refund at most what is left of the payment.'),
('TL316', 'payment_refunded', 'All of the payment is refunded already.');
