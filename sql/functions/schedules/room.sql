-- Room schedules: Schedules.
-- Transfers made later, once or again and again.
-- What its functions return, and what they refuse.

CREATE TYPE bank.schedule AS (
    schedule_id text,
    source_account_id text,
    target_account_id text,
    amount bigint,
    run_at bigint,
    every text,
    until bigint,
    time_zone text,
    status text,
    next_run_at bigint,
    occurrence bigint,
    attempt bigint,
    runs bigint,
    created_at bigint,
    ended_at bigint,
    metadata jsonb
);
COMMENT ON TYPE bank.schedule IS
    'A schedule; `attempt` at `occurrence` is what comes next, or came last.';

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
COMMENT ON TYPE bank.schedule_run IS
    'One attempt: its transaction, which is the transfer or says what refusal it met.';

CREATE TYPE bank.schedule_progress AS (
    succeeded bigint,
    refused bigint,
    remaining bigint
);
COMMENT ON TYPE bank.schedule_progress IS
    'How many transfers were made, how many were refused, and how many that are due remain.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('schedule_id', '{}', '{"pattern": "^schedule[1-9][0-9]*$"}', 'Given by the schedule.'),
('run_at', '{}', '{}', 'When it is made for the first time, milliseconds since the epoch. Operators alone give one in the past.'),
('every', '{}', '{"format": "duration"}', 'From one occurrence to the next, an ISO 8601 duration such as P1M, PT1M at least, counted from run_at by the calendar of time_zone: the 31st is the last day of a shorter month, and the 31st again; once if left out.'),
('every', '{schedule}', '{}', 'From one occurrence to the next, an ISO 8601 duration by the calendar of time_zone. NULL where it is made once.'),
('until', '{schedule_transfer}', '{"minimum": 1, "maximum": null}', 'No occurrence falls on or after it, milliseconds since the epoch; for ever if left out.'),
('until', '{schedule}', '{"minimum": 1, "maximum": null}', 'No occurrence falls on or after it, milliseconds since the epoch. NULL where that is never.'),
('time_zone', '{schedule,schedule_transfer}', '{"minLength": 1, "maxLength": 64}', 'By whose calendar and clocks every counts years, months, weeks and days: an exact name of IANA''s list such as Europe/Berlin. A time of day that a change of clocks leaves out is as much later, one that it brings twice is the second.'),
('next_run_at', '{}', '{}', 'When it is tried next, milliseconds since the epoch. NULL once it has ended.'),
('occurrence', '{}', '{}', 'Which occurrence, from 1.'),
('attempt', '{}', '{}', 'Which attempt, from 1.'),
('runs', '{}', '{}', 'How many attempts there were.'),
('ended_at', '{}', '{}', 'When it was completed, failed or cancelled, milliseconds since the epoch. NULL while it is active.'),
('metadata', '{schedule}', '{}', 'The client''s own JSON object, as it was given. NULL where there is none.'),
('status', '{schedule,list_schedules}', '{"enum": ["active", "completed", "failed", "cancelled"]}', 'What became of the schedule.'),
('status', '{schedule_run}', '{"enum": ["succeeded", "refused"]}', 'What became of the attempt.'),
('run_number', '{}', '{}', 'Rises by one.'),
('transaction_id', '{schedule_run}', '{}', 'That of the transfer, or of the leg without an amount that says why there is none.'),
('code', '{schedule_run}', '{}', 'The name of the refusal. NULL where it succeeded.'),
('detail', '{schedule_run}', '{}', 'The numbers of the refusal. NULL where it succeeded.'),
('succeeded', '{}', '{}', 'How many transfers were made.'),
('refused', '{}', '{}', 'How many were refused.'),
('remaining', '{schedule_progress}', '{}', 'How many that are due remain, counted up to 10000.'),
('after', '{list_schedules}', '{"pattern": "^schedule[1-9][0-9]*$"}', 'The schedule_id seen last.');

-- No function refuses these, so the shell does.
INSERT INTO engine.terms (name, places, schema, description, checked) VALUES
('after', '{list_schedule_runs}', '{}', 'The run_number seen last.', true);

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL132', 'schedule_not_found', 'There is no schedule {"schedule_id"}: use one that schedule_transfer returned.'),
('TL351', 'schedule_ended', 'The schedule is {status} since {ended_at}; make a new one.');

INSERT INTO engine.operations (operation, title, about) VALUES
('schedule_transfer', 'Transfer scheduled', 'A transfer was scheduled.'),
('cancel_schedule', 'Schedule cancelled', 'A schedule was cancelled.'),
('schedule_postponed', 'Scheduled transfer postponed', 'A scheduled transfer lacked money and is tried again: its details say when.'),
('schedule_failed', 'Scheduled transfer failed', 'A scheduled transfer was given up, once or for ever: its code says why.');
