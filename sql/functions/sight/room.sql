-- Room sight: Refusals and metrics.
-- What whoever runs the ledger can see of it.
-- What its functions return, and what they refuse.

CREATE TYPE bank.refusals_noted AS (
    noted bigint
);
COMMENT ON TYPE bank.refusals_noted IS 'How many refusals were written down.';

CREATE TYPE bank.refusal AS (
    refusal_id bigint,
    refused_at bigint,
    request_id text,
    method text,
    route text,
    status bigint,
    code text,
    actor text,
    account_ids jsonb,
    detail json
);
COMMENT ON TYPE bank.refusal IS 'A request that a web server has refused.';

CREATE TYPE bank.account_refusal AS (
    refusal_id bigint,
    refused_at bigint,
    request_id text,
    method text,
    route text,
    status bigint,
    code text,
    account_ids jsonb,
    detail json
);
COMMENT ON TYPE bank.account_refusal IS
    'A request that a web server has refused, without who it came from.';

CREATE TYPE bank.refusal_count AS (
    code text,
    count bigint,
    newest_at bigint
);
COMMENT ON TYPE bank.refusal_count IS 'How often something was refused for one reason.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('refusals', '{note_refusals}', '{"type": "array", "items": {"type": "object"}, "maxItems": 1000}', 'What was refused: an array of at most 1000 objects with the members refused_at, request_id, method, route, status, code, caller, account_ids and detail, and stranger where nobody has been asked who he is.'),
('noted', '{}', '{}', 'How many were written down.'),
('refusal_id', '{}', '{"minimum": 1}', 'Rises with each refusal that is written down.'),
('refused_at', '{}', '{}', 'When it was refused, milliseconds since the epoch.'),
('request_id', '{refusal,account_refusal}', '{}', 'What the request is called in answer, log and database: X-Request-ID.'),
('request_id', '{list_refusals,list_account_refusals}', '{}', 'The X-Request-ID of the answer.'),
('method', '{}', '{}', 'Of the request, such as POST.'),
('route', '{}', '{}', 'The path, with names of arguments in the place of what was given. NULL where there is none such.'),
('status', '{refusal,account_refusal}', '{"minimum": 400, "maximum": 599}', 'The HTTP status of the answer.'),
('code', '{refusal,account_refusal,refusal_count,list_refusals,list_account_refusals}', '{}', 'What programs tell refusals apart by, such as insufficient_funds.'),
('actor', '{refusal}', '{}', 'The login, and after a slash the API key. NULL where nobody knows who it was.'),
('actor', '{list_refusals}', '{}', 'The name of an API key, or a login, or both with a slash between them.'),
('account_ids', '{refusal,account_refusal}', '{"type": "array", "items": {"type": "string"}}', 'The accounts that the request names, or its refusal.'),
('detail', '{refusal,account_refusal}', '{}', 'The numbers that matter, such as available and required.'),
('count', '{refusal_count}', '{"minimum": 1}', 'How often it was.'),
('newest_at', '{}', '{}', 'When it last was, milliseconds since the epoch.'),
('since', '{count_refusals,list_refusals,list_account_refusals}', '{}', 'The first moment that is asked for, milliseconds since the epoch.'),
('until', '{count_refusals,list_refusals,list_account_refusals}', '{}', 'The first moment that no longer is, milliseconds since the epoch.'),
('ledger_metrics', '{}', '{"type": "object"}', 'What can be measured of the ledger, as it is now.'),
('ledger_status', '{}', '{"type": "object"}', 'How many accounts and legs there are, and which migrations.');

INSERT INTO engine.terms (name, places, schema, description, checked) VALUES
('account_id', '{list_refusals}', '{}', 'Which the request names, or its refusal.', true),
('after', '{list_refusals,list_account_refusals}', '{}', 'The refusal_id seen last.', true);
