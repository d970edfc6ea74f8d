-- Room books: balances, histories and statements, now and as of any moment.
-- What its functions return, and what they refuse.

CREATE TYPE bank.balance AS (
    account_id text,
    balance bigint,
    available bigint,
    held bigint,
    pending_cashback bigint,
    currency text,
    "timestamp" bigint
);

-- One line of an account's history.
CREATE TYPE bank.history_line AS (
    transaction_id bigint,
    "timestamp" bigint,
    recorded_at bigint,
    operation text,
    amount bigint,
    balance_after bigint,
    contra_account_id text,
    payment_ref text,
    deposited boolean,
    reverses bigint,
    metadata jsonb,
    details jsonb,
    version bigint,
    hash text
);

-- One side of a transaction; the house side has no balance, version or hash.
CREATE TYPE bank.leg AS (
    transaction_id bigint,
    "timestamp" bigint,
    recorded_at bigint,
    operation text,
    account_id text,
    currency text,
    amount bigint,
    balance_after bigint,
    contra_account_id text,
    payment_ref text,
    reverses bigint,
    metadata jsonb,
    details jsonb,
    version bigint,
    hash text
);

-- A period of an account; closing = opening + credits - debits. Sums may leave bigint.
CREATE TYPE bank.statement AS (
    account_id text,
    currency text,
    exponent integer,
    since bigint,
    until bigint,
    opening bigint,
    credits numeric,
    debits numeric,
    closing bigint,
    totals json,
    transactions json
);

-- A part of a period: the balance at its end, and between which bounds it was in it.
CREATE TYPE bank.balance_bucket AS (
    since bigint,
    until bigint,
    closing bigint,
    lowest bigint,
    highest bigint
);

-- One house account, or all customers together; a currency's lines sum to zero.
CREATE TYPE bank.trial_line AS (
    currency text,
    account_id text,
    balance numeric
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL021', 'statement_too_long', 'Ask for a shorter period, or page through the transactions.'),
('TL103', 'transaction_not_found', 'Use a transaction_id that an operation returned.');
