-- Room events: what has happened, in an order in which nothing comes late.
-- What its functions return, and what they refuse.

-- A leg as the readers of the event stream get it.
CREATE TYPE bank.event AS (
    event_id bigint,
    type text,
    account_id text,
    version bigint,
    transaction_id bigint,
    "timestamp" bigint,
    recorded_at bigint,
    amount bigint,
    balance_after bigint,
    contra_account_id text,
    payment_ref text,
    reverses bigint,
    details jsonb,
    metadata jsonb,
    hash text
);
