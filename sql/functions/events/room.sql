-- Room events: Events.
-- What has happened, in an order in which nothing comes late.
-- What its functions return, and what they refuse.

CREATE TYPE bank.event AS (
    event_id bigint,
    type text,
    account_id text,
    version bigint,
    transaction_id bigint,
    "timestamp" bigint,
    recorded_at bigint,
    currency text,
    amount bigint,
    balance_after bigint,
    contra_account_id text,
    payment_ref text,
    refers_to bigint,
    details jsonb,
    metadata jsonb,
    hash text
);
COMMENT ON TYPE bank.event IS
    'One entry of one account, as the readers of the event stream get it.';

CREATE TYPE bank.numbering AS (
    numbered bigint,
    newest bigint
);
COMMENT ON TYPE bank.numbering IS 'How many events are new, and where the stream ends.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('event_id', '{}', '{"minimum": 1}', 'Numbered without gaps in the order of their coming.'),
('type', '{}', '{}', 'The operation of the entry.'),
('numbered', '{}', '{}', 'How many entries have become events.'),
('newest', '{}', '{}', 'The event_id of the newest event; 0 where there is none.');

-- No function refuses these, so the shell does.
INSERT INTO engine.terms (name, places, schema, description, checked) VALUES
('after', '{list_events}', '{}', 'The event_id seen last.', true);
