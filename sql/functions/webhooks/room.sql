-- Room webhooks: events sent to URLs.
-- What its functions return, and what they refuse.

CREATE TYPE bank.webhook_created AS (
    webhook_id text,
    url text,
    secret text,
    types jsonb,
    account_id text,
    after bigint,
    created_at bigint
);
COMMENT ON TYPE bank.webhook_created IS 'A webhook with its secret, which is not shown again.';

CREATE TYPE bank.webhook AS (
    webhook_id text,
    url text,
    types jsonb,
    account_id text,
    queued bigint,
    pending bigint,
    created_at bigint
);
COMMENT ON TYPE bank.webhook IS 'A webhook without its secret.';

CREATE TYPE bank.claimed_delivery AS (
    webhook_id text,
    event_id bigint,
    attempt bigint,
    url text,
    secret text,
    body text
);
COMMENT ON TYPE bank.claimed_delivery IS 'All that a worker needs to send an event.';

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
COMMENT ON TYPE bank.delivery IS 'An event on its way to a webhook.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('webhook_id', '{}', '{"pattern": "^webhook[1-9][0-9]*$"}', 'Given by the webhook.'),
('url', '{}', '{"maxLength": 2048, "format": "uri"}', 'Where to POST: http or https, without a user or fragment.'),
('secret', '{}', '{"minLength": 16, "maxLength": 255}', 'Signs what is sent: 16 to 255 visible ASCII characters; one is made if left out.'),
('types', '{}', '{}', 'Which types of events; all if left out.'),
('types', '{webhook,webhook_created}', '{"type": "array", "items": {"type": "string"}}', 'Which types of events. NULL where it is all.'),
('account_id', '{create_webhook}', '{}', 'Of which account; of all if left out.'),
('account_id', '{webhook,webhook_created}', '{}', 'Of which account. NULL where it is all.'),
('secret', '{webhook_created}', '{"minLength": 16, "maxLength": 255}', 'Signs what is sent. NULL to a repeat of a request whose webhook is deleted.'),
('after', '{create_webhook,webhook_created}', '{"maximum": null}', 'Events after this event_id are sent; those to come if left out.'),
('queued', '{}', '{}', 'The event_id up to which is decided what is sent.'),
('pending', '{}', '{}', 'How many of those that it wants are not delivered, counted up to 10000.'),
('limit', '{claim_deliveries}', '{"maximum": 1000}', 'How many at most.'),
('lease_ms', '{}', '{"minimum": 0, "maximum": 86400000}', 'For how many milliseconds nobody else gets them.'),
('body', '{}', '{}', 'What to send: the event as JSON.'),
('attempts', '{}', '{}', 'How often it was tried.'),
('attempt', '{finish_delivery,claimed_delivery}', '{}', 'Which attempt it is, from 1.'),
('http_status', '{}', '{}', 'What the receiver answered; nothing if left out.'),
('error', '{}', '{}', 'Why there is no answer.'),
('status', '{delivery,list_deliveries}', '{"enum": ["pending", "delivered"]}', 'Whether it has arrived.'),
('next_attempt_at', '{}', '{}', 'When it is tried next, milliseconds since the epoch. NULL once it is delivered, and while an earlier one of its account waits.'),
('last_attempt_at', '{}', '{}', 'When it was tried last, milliseconds since the epoch. NULL before the first attempt.'),
('last_status', '{}', '{}', 'The HTTP status it was answered with. NULL where there was no answer.'),
('last_error', '{}', '{}', 'Why there was no answer. NULL where there was one.'),
('delivered_at', '{}', '{}', 'When it arrived, milliseconds since the epoch. NULL until then.'),
('after', '{list_webhooks}', '{"pattern": "^webhook[1-9][0-9]*$"}', 'The webhook_id seen last.');

-- No function refuses these, so the shell does.
INSERT INTO engine.terms (name, places, schema, description, checked) VALUES
('after', '{list_deliveries}', '{}', 'The event_id seen last.', true);

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL030', 'invalid_url', 'Use an http or https URL of at most 2048 visible ASCII characters, without a user or fragment.'),
('TL131', 'webhook_not_found', 'There is no webhook {"webhook_id"}: use one that create_webhook returned and that is not deleted.');

INSERT INTO engine.operations (operation, title, about) VALUES
('create_webhook', 'Webhook made', 'A webhook was made.'),
('delete_webhook', 'Webhook deleted', 'A webhook was deleted.');
