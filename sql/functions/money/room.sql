-- Room money: deposits, withdrawals, transfers, exchange, reversals.
-- What its functions return, and what they refuse.

-- deposit, withdraw
CREATE TYPE bank.receipt AS (
    transaction_id bigint,
    account_id text,
    amount bigint,
    balance bigint,
    available bigint,
    currency text,
    "timestamp" bigint
);

CREATE TYPE bank.transfer_receipt AS (
    transaction_id bigint,
    source_account_id text,
    target_account_id text,
    amount bigint,
    balance bigint,
    available bigint,
    currency text,
    "timestamp" bigint
);

CREATE TYPE bank.reversal_receipt AS (
    transaction_id bigint,
    reverses bigint,
    operation text,
    reason text,
    forced boolean,
    currency text,
    "timestamp" bigint,
    legs json
);

CREATE TYPE bank.exchange_receipt AS (
    transaction_id bigint,
    source_account_id text,
    target_account_id text,
    amount bigint,
    source_currency text,
    target_amount bigint,
    target_currency text,
    rate text,
    balance bigint,
    available bigint,
    "timestamp" bigint
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL011', 'not_reversible', 'Deposits, withdrawals, transfers and captures can be reversed; refund payments.'),
('TL022', 'same_currency', 'Both accounts have the same currency: use bank.transfer.'),
('TL317', 'already_reversed', 'A transaction is reversed once; see reversed_by.');
