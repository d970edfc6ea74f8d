-- Room monitors: Monitors.
-- Watching a number of an account.
-- What its functions return, and what they refuse.

CREATE TYPE bank.monitor AS (
    monitor_id text,
    account_id text,
    field text,
    comparison text,
    value bigint,
    triggered boolean,
    created_at bigint,
    transaction_id bigint,
    metadata jsonb
);
COMMENT ON TYPE bank.monitor IS 'A monitor: `field` of the account compared to `value`.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('monitor_id', '{}', '{"pattern": "^monitor[1-9][0-9]*$"}', 'Given by the monitor.'),
('field', '{}', '{"enum": ["balance", "available", "held"]}', 'Which number of the account.'),
('comparison', '{}', '{"enum": ["lt", "lte", "gt", "gte", "eq"]}', 'How it is compared to the value.'),
('value', '{}', '{"minimum": -9007199254740991}', 'What it is compared to, in minor units.'),
('triggered', '{}', '{}', 'Whether the condition held after the account''s newest entry.'),
('metadata', '{monitor}', '{}', 'The client''s own JSON object, as it was given. NULL where there is none.'),
('after', '{list_monitors}', '{"pattern": "^monitor[1-9][0-9]*$"}', 'The monitor_id seen last.');

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL133', 'monitor_not_found', 'There is no monitor {"monitor_id"}: use one that create_monitor returned and that is not deleted.');

INSERT INTO engine.operations (operation, title, about) VALUES
('create_monitor', 'Monitor made', 'A monitor was made.'),
('monitor', 'Monitor fired', 'A monitor fired.'),
('delete_monitor', 'Monitor deleted', 'A monitor was deleted.');
