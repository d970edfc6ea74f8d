-- Room schedules: transfers made later, once or again and again.
-- What its functions return, and what they refuse.

-- schedule_transfer, cancel_schedule, get_schedule, list_schedules
CREATE TYPE bank.schedule AS (
    schedule_id text,
    source_account_id text,
    target_account_id text,
    amount bigint,
    run_at bigint,
    every text,
    until bigint,
    status text,
    next_run_at bigint,
    occurrence bigint,
    attempt bigint,
    runs bigint,
    created_at bigint,
    ended_at bigint,
    metadata jsonb
);

CREATE TYPE bank.schedule_run AS (
    run_number bigint,
    occurrence bigint,
    attempt bigint,
    due_at bigint,
    recorded_at bigint,
    status text,
    transaction_id bigint,
    "timestamp" bigint,
    code text,
    detail jsonb
);

-- run_schedules
CREATE TYPE bank.schedule_progress AS (
    succeeded bigint,
    refused bigint,
    remaining bigint
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL132', 'schedule_not_found', 'Use a schedule_id that schedule_transfer returned.'),
('TL351', 'schedule_ended', 'The schedule has run to its end, has failed or was cancelled; make a new one.');
