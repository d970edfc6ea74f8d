-- Room batches: Batches.
-- Many operations in one call.
-- What its functions return, and what they refuse.

-- An item as its JSON says it: the operation, the fields of the function of that name, and whether
-- it is linked to the next item. An operation whose function takes something new adds it here.
CREATE TYPE engine.batch_item AS (
    operation text,
    linked boolean,
    account_id text,
    source_account_id text,
    target_account_id text,
    merchant_account_id text,
    hold_id text,
    payment_id text,
    transaction_id bigint,
    postings json,
    refers_to bigint,
    amount bigint,
    target_amount bigint,
    fee bigint,
    expires_at bigint,
    final boolean,
    reason text,
    force boolean,
    value_at bigint,
    "timestamp" bigint,
    metadata jsonb,
    idempotency_key text
);

-- A leg that is decided and not written yet; a collected credit has neither version nor hash.
-- place: where engine.batch_lock has the account; next_due_at: what its row says after the leg.
CREATE TYPE engine.batch_leg AS (
    place integer,
    version bigint,
    transaction_id bigint,
    leg integer,
    "timestamp" bigint,
    value_at bigint,
    operation text,
    amount bigint,
    balance_after bigint,
    pending_cashback_after bigint,
    contra_account_id text,
    payment_ref text,
    metadata jsonb,
    details jsonb,
    key_hash bytea,
    hash bytea,
    next_due_at bigint
);

-- A payment that is decided and not written yet, with the cashback that it earns; the last four are
-- NULL where that is none.
CREATE TYPE engine.batch_payment AS (
    payment_number bigint,
    account_id text,
    transaction_id bigint,
    "timestamp" bigint,
    amount bigint,
    fee bigint,
    merchant_account_id text,
    cashback bigint,
    due_at bigint,
    rate_bps integer,
    max_amount bigint
);

-- An answer that is to be remembered and not written yet.
CREATE TYPE engine.batch_key AS (
    transaction_id bigint,
    owner text,
    idempotency_key text,
    operation text,
    request_hash bytea,
    response json
);

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
    receipt json,
    code text,
    detail json
);
COMMENT ON TYPE bank.batch_result IS
    'What became of an item: what its operation answers, or why it was refused.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('operations', '{}', '{"type": "array", "minItems": 1, "maxItems": 10000}', '1 to 10000 items, each with its `operation` and the fields of that; `linked` joins an item to the next one, and `idempotency_key` is one of its own.'),
('atomic', '{}', '{}', 'All of it is posted, or nothing.'),
('dry_run', '{}', '{}', 'Answer the same, but post nothing.'),
('privileged', '{}', '{}', 'Whether items may give a `timestamp`, and be of the operations that only operators may call.'),
('item', '{}', '{"minimum": 1}', 'Its place in the batch, from 1.'),
('status', '{batch_result}', '{"enum": ["posted", "replayed", "refused"]}', 'What became of the item.'),
('operation', '{batch_result}', '{"enum": ["deposit", "withdraw", "transfer", "pay", "post", "hold", "raise_hold", "capture_hold", "release_hold", "refund_hold", "refund_payment", "reverse_transaction", "exchange"]}', 'What the item asked for.'),
('transaction_id', '{batch_result}', '{}', 'Rises with time on every account. NULL where the item was refused.'),
('payment_id', '{batch_result}', '{}', 'Given by a payment. NULL for everything else.'),
('account_id', '{batch_result}', '{}', 'Whose balance follows: the source''s in a transfer. NULL where the item was refused.'),
('balance', '{batch_result}', '{}', 'What the account then had, in minor units. NULL where the item was refused.'),
('available', '{batch_result}', '{}', 'What it could then spend, in minor units. NULL where the item was refused.'),
('timestamp', '{batch_result}', '{}', 'When it counts, milliseconds since the epoch. NULL where the item was refused.'),
('cashback', '{batch_result}', '{}', 'What a payment will be credited. NULL where that is nothing.'),
('receipt', '{}', '{}', 'All that the operation answers, where that is more than the members before it. NULL where it is not.'),
('code', '{batch_result}', '{}', 'The refusal it would be by itself; `linked_failed` where another item of its chain has one. NULL where it was posted.'),
('detail', '{batch_result}', '{}', 'The numbers of the refusal. NULL where it was posted.'),
('idempotency_key', '{batch}', '{}', 'Repeats of a batch with the same key are answered as the first was, and nothing happens again. A key belongs to the login that calls.');

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL041', 'invalid_batch', 'Send an array of 1 to 10000 items, each with a known operation and its fields: {reason}.'),
('TL042', 'linked_failed', 'Another item of the same chain was refused, so none of it was posted.');

INSERT INTO engine.operations (operation, title, about) VALUES
('batch', 'Batch', 'A batch under a key was answered: the entry seals the key and the answer.');
