-- Room accounts: opening accounts, their status, limits and metadata.
-- What its functions return, and what they refuse.

CREATE TYPE bank.account_opened AS (
    account_id text,
    created boolean,
    currency text,
    status text,
    balance bigint,
    available bigint,
    overdraft_limit bigint,
    transaction_id bigint,
    "timestamp" bigint,
    metadata jsonb
);

CREATE TYPE bank.account AS (
    account_id text,
    currency text,
    status text,
    collecting boolean,
    balance bigint,
    available bigint,
    held bigint,
    pending_cashback bigint,
    overdraft_limit bigint,
    version bigint,
    head text,
    last_timestamp bigint,
    next_cashback_due bigint,
    created_at bigint,
    metadata jsonb
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL001', 'invalid_account_id', 'Use 1 to 64 characters, none of them a control character, no blank at either end, no leading @.'),
('TL301', 'account_exists', 'Account ids are unique for ever; choose another.'),
('TL331', 'status_unchanged', 'The account has this status already.'),
('TL332', 'account_collecting', 'Have the account stop collecting first.'),
('TL333', 'balance_not_zero', 'Move the balance away, or pay it in, first.'),
('TL334', 'hold_open', 'Capture or release the holds of the account first.'),
('TL335', 'cashback_pending', 'Wait until the pending cashback is due, or cancel it, first.'),
('TL336', 'overdraft_in_use', 'Give a limit that covers what the account has drawn and reserved.');
