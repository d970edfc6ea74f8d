-- Room holds: Holds.
-- Money reserved now and captured later.
-- What its functions return, and what they refuse.

CREATE TYPE bank.hold_receipt AS (
    hold_id text,
    transaction_id bigint,
    account_id text,
    target_account_id text,
    amount bigint,
    captured bigint,
    refunded bigint,
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
COMMENT ON TYPE bank.hold_receipt IS 'The hold and its account after one step.';

CREATE TYPE bank.hold_state AS (
    hold_id text,
    account_id text,
    target_account_id text,
    amount bigint,
    captured bigint,
    refunded bigint,
    remaining bigint,
    status text,
    currency text,
    created_at bigint,
    expires_at bigint,
    closed_at bigint,
    transaction_id bigint,
    metadata jsonb,
    captures bigint[]  -- noqa: LT01
);
COMMENT ON TYPE bank.hold_state IS 'A hold as of now.';

CREATE TYPE bank.expiration AS (
    expired bigint,
    amount bigint,
    remaining bigint
);
COMMENT ON TYPE bank.expiration IS
    'How many holds expired, what they still reserved, and how many that are over remain.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('hold_id', '{}', '{"pattern": "^hold[1-9][0-9]*$"}', 'Given by the hold.'),
('captured', '{}', '{}', 'What was captured of the whole hold, in minor units.'),
('refunded', '{hold_receipt,hold_state}', '{}', 'What of that was given back, by refunds or by reversals, in minor units.'),
('released', '{}', '{}', 'What this step made available again, in minor units.'),
('remaining', '{hold_receipt,hold_state}', '{}', 'What the hold still reserves, in minor units.'),
('amount', '{hold_receipt}', '{}', 'What this step reserved, captured, released or gave back, in minor units.'),
('amount', '{raise_hold}', '{}', 'How much more to reserve, in minor units (cents).'),
('amount', '{refund_hold}', '{}', 'How much to give back, in minor units; all that is left if left out.'),
('expires_at', '{raise_hold}', '{}', 'When it ends by itself, milliseconds since the epoch, which may be put off; as it is if left out.'),
('amount', '{capture_hold}', '{}', 'How much to take, in minor units; all that is left if left out.'),
('final', '{}', '{}', 'Whether this is the last capture, as it is unless false is given: then what is not taken is released; else it stays reserved for further captures.'),
('expired', '{}', '{}', 'How many expired.'),
('closed_at', '{}', '{}', 'When it was captured to its end, released or expired, milliseconds since the epoch. NULL while it is open.'),
('expires_at', '{hold_receipt,hold_state}', '{}', 'When it ends by itself, milliseconds since the epoch. NULL where it never does.'),
('target_account_id', '{hold}', '{}', 'Who gets what is captured; the bank''s @payments if left out.'),
('target_account_id', '{hold_receipt,hold_state}', '{}', 'Who gets what is captured. NULL where that is the bank''s @payments.'),
('captures', '{}', '{"type": "array", "items": {"type": "integer"}}', 'The transactions that captured of it, in their order. What was given back refers to these.'),
('metadata', '{hold_state}', '{}', 'The client''s own JSON object, as it was given. NULL where there is none.'),
('status', '{hold_receipt,hold_state,list_holds}', '{"enum": ["open", "captured", "released", "expired"]}', 'What became of the hold.'),
('timestamp', '{expire_holds,run_schedules,settle_cashbacks}', '{}', 'What is due by then, milliseconds since the epoch; by now if left out.'),
('after', '{list_holds}', '{"pattern": "^hold[1-9][0-9]*$"}', 'The hold_id seen last.');

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL111', 'hold_not_found', 'There is no hold {"hold_id"}: use one that bank.hold returned.'),
('TL311', 'capture_exceeds_hold', 'Only {remaining} is left of the hold, {required} was asked for.'),
('TL312', 'hold_captured', 'The hold ended with a final capture at {closed_at}, which released what it did not take; to capture in parts, give final false each time.'),
('TL313', 'hold_released', 'The hold was released at {closed_at}; place a new one.'),
('TL314', 'hold_expired', 'The hold expired at {closed_at}; place a new one.'),
('TL320', 'hold_not_refundable', 'Of the hold {captured} was captured and {refunded} of that given back, so there is nothing to give back.'),
('TL321', 'refund_exceeds_hold', 'Only {refundable} is left to give back of what was captured, {required} was asked for.');

INSERT INTO engine.operations (operation, title, about) VALUES
('hold', 'Money reserved', 'Money was reserved.'),
('raise_hold', 'More money reserved', 'More was reserved under a hold, or for longer.'),
('capture', 'Reserved money taken', 'Reserved money was taken, on both its sides.'),
('refund_hold', 'Captured money given back', 'Part or all of what was captured came back.'),
('release_hold', 'Reservation given up', 'A hold was given up.'),
('expire_hold', 'Reservation run out', 'A hold ran out.');
