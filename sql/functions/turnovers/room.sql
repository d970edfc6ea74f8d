-- Room turnovers: Turnovers.
-- What moved in each period.
-- What its functions return, and what they refuse.

CREATE TABLE engine.periods (
    every text PRIMARY KEY,
    length bigint NOT NULL,
    kept bigint
);
COMMENT ON TABLE engine.periods IS
    'Of which lengths (ms) turnovers are kept, and for how long (ms); NULL: for ever.';
-- A period for ever is longer than timestamps go, so that it begins with them.
INSERT INTO engine.periods (every, length, kept) VALUES
('minute', 60000, 2 * 86400000),
('hour', 3600000, 93 * 86400000::bigint),
('day', 86400000, NULL),
('ever', 9007199254740992, NULL);

CREATE TYPE bank.ledger_total AS (
    currency text,
    account_id text,
    accounts bigint,
    legs bigint,
    transactions bigint,
    debits numeric,
    credits numeric,
    balance numeric,
    event_id bigint,
    recorded_at bigint
);
COMMENT ON TYPE bank.ledger_total IS
    'What all customers together have, or a house account, and what led there; the balances of a '
    'currency sum to zero.';

CREATE TYPE bank.turnover AS (
    since bigint,
    until bigint,
    currency text,
    operation text,
    house_account_id text,
    legs bigint,
    transactions bigint,
    debits numeric,
    credits numeric
);
COMMENT ON TYPE bank.turnover IS
    'What moved in a period, by one operation, between customers or between them and the house.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('every', '{turnover_history}', '{"format": null, "enum": ["minute", "hour", "day", "ever"]}', 'How long periods are, by the calendar of UTC; minutes are kept for two days, hours for 93. ever: all time, which begins at 0.'),
('since', '{turnover_history}', '{}', 'Of periods that begin then or later, milliseconds since the epoch.'),
('until', '{turnover_history}', '{}', 'Of periods that begin before then, milliseconds since the epoch.'),
('currency', '{turnover_history}', '{}', 'Of which currency; of all if left out.'),
('currency', '{turnover}', '{}', 'ISO 4217, or a unit of the bank''s own; XXX where it is about no account.'),
('house_account_id', '{}', '{}', 'The house account on the other side, such as @external. NULL between customers, and where nothing moved.'),
('legs', '{ledger_total,turnover}', '{}', 'How many entries.'),
('transactions', '{ledger_total,turnover}', '{"type": "integer", "items": null}', 'How many transactions; each counts where its first entry is.'),
('debits', '{turnover}', '{}', 'What went out of customers'' accounts, in minor units; over many entries it may leave 2^53.'),
('credits', '{turnover}', '{}', 'What came into customers'' accounts, in minor units; over many entries it may leave 2^53.'),
('account_id', '{ledger_total}', '{"minLength": null, "maxLength": null}', 'A house account, or @customers for all customers together; @transit for what has left one customer and is not with the other yet.'),
('accounts', '{ledger_total}', '{}', 'How many accounts are open. NULL but for @customers.'),
('balance', '{ledger_total}', '{"minimum": null, "maximum": null}', 'Credits less debits, in minor units; over many entries it may leave 2^53.'),
('event_id', '{ledger_total}', '{}', 'As of this event: those that come later do not count yet.'),
('recorded_at', '{ledger_total}', '{}', 'When the newest entry that counts was written, milliseconds since the epoch, by the server''s clock.');
