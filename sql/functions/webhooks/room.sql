-- Room webhooks: events sent to URLs.
-- What its functions return, and what they refuse.

-- create_webhook: the only one that shows the secret
CREATE TYPE bank.webhook_created AS (
    webhook_id text,
    url text,
    secret text,
    types jsonb,
    account_id text,
    after bigint,
    created_at bigint
);

-- list_webhooks, delete_webhook
CREATE TYPE bank.webhook AS (
    webhook_id text,
    url text,
    types jsonb,
    account_id text,
    queued bigint,
    pending bigint,
    created_at bigint
);

-- claim_deliveries: what a worker needs to send an event
CREATE TYPE bank.claimed_delivery AS (
    webhook_id text,
    event_id bigint,
    attempt bigint,
    url text,
    secret text,
    body text
);

-- list_deliveries, finish_delivery
CREATE TYPE bank.delivery AS (
    webhook_id text,
    event_id bigint,
    account_id text,
    status text,
    attempts bigint,
    next_attempt_at bigint,
    last_attempt_at bigint,
    last_status bigint,
    last_error text,
    delivered_at bigint
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL030', 'invalid_url', 'Use an http or https URL of at most 2048 visible ASCII characters, without a user or fragment.'),
('TL131', 'webhook_not_found', 'Use a webhook_id that create_webhook returned and that is not deleted.');
