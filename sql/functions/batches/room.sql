-- Room batches: many operations in one call.
-- What its functions return, and what they refuse.

-- batch: an item as parsed. payer and payee are what its operation makes of the accounts named;
-- chain groups items that post whole or not at all; request is what its key stands for.
CREATE TYPE engine.batch_item AS (
    item bigint,
    chain bigint,
    operation text,
    payer text,
    payee text,
    amount bigint,
    fee bigint,
    "timestamp" bigint,
    metadata jsonb,
    idempotency_key text,
    request text
);

-- batch: what became of an item. status is posted, replayed or refused.
CREATE TYPE bank.batch_result AS (
    item bigint,
    status text,
    operation text,
    transaction_id bigint,
    payment_id text,
    account_id text,
    balance bigint,
    available bigint,
    "timestamp" bigint,
    cashback json,
    code text,
    detail json
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL041', 'invalid_batch', 'Send an array of 1 to 10000 items, each with a known operation and its fields.'),
('TL042', 'linked_failed', 'Another item of the same chain was refused, so none of it was posted.');
