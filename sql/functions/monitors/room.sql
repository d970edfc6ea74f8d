-- Room monitors: watching a number of an account.
-- What its functions return, and what they refuse.

-- create_monitor, delete_monitor, list_monitors
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

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL133', 'monitor_not_found', 'Use a monitor_id that create_monitor returned and that is not deleted.');
