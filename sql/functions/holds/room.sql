-- Room holds: money reserved now and captured later.
-- What its functions return, and what they refuse.

-- hold, capture_hold, release_hold: amount is what the call reserved, captured or released,
-- released what it made available again.
CREATE TYPE bank.hold_receipt AS (
    hold_id text,
    transaction_id bigint,
    account_id text,
    target_account_id text,
    amount bigint,
    captured bigint,
    released bigint,
    remaining bigint,
    status text,
    expires_at bigint,
    balance bigint,
    available bigint,
    held bigint,
    currency text,
    "timestamp" bigint
);

CREATE TYPE bank.hold_state AS (
    hold_id text,
    account_id text,
    target_account_id text,
    amount bigint,
    captured bigint,
    remaining bigint,
    status text,
    currency text,
    created_at bigint,
    expires_at bigint,
    closed_at bigint,
    transaction_id bigint,
    metadata jsonb
);

CREATE TYPE bank.expiration AS (
    expired bigint,
    amount bigint,
    remaining bigint
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL111', 'hold_not_found', 'Use a hold_id that a hold returned.'),
('TL311', 'capture_exceeds_hold', 'Capture at most what is left of the hold.'),
('TL312', 'hold_captured', 'The hold was captured to its end; nothing of it is reserved any more.'),
('TL313', 'hold_released', 'The hold was released; place a new one.'),
('TL314', 'hold_expired', 'The hold expired at expires_at; place a new one.');
