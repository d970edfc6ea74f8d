-- Room workers: Workers.
-- Who does what falls due, and whether they live.
-- What its functions return, and what they refuse.

CREATE TYPE bank.worker AS (
    worker_number bigint,
    name text,
    version text,
    started_at bigint,
    beat_at bigint,
    alive boolean
);
COMMENT ON TYPE bank.worker IS 'A worker that runs, or has been killed.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('worker_number', '{}', '{"minimum": 1}', 'Given as it begins, to no other worker.'),
('name', '{begin_worker,worker}', '{"minLength": 1, "maxLength": 255}', 'Where it runs, for people: host/process.'),
('version', '{begin_worker,worker}', '{"minLength": 1, "maxLength": 64}', 'Of the program.'),
('started_at', '{}', '{}', 'When it began, milliseconds since the epoch.'),
('beat_at', '{}', '{}', 'When it last said that it lives, milliseconds since the epoch.'),
('alive', '{}', '{}', 'Whether that was less than 5 s ago. What a dead one was sending is free for the others.');

-- No function refuses these, so the shell does.
INSERT INTO engine.terms (name, places, schema, description, checked) VALUES
('after', '{list_workers}', '{}', 'The worker_number seen last.', true);
