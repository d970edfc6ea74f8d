-- Room webhooks: Webhooks.
-- Events sent to URLs.
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
    status text,
    paused_at bigint,
    paused_reason text,
    failing_since bigint,
    queued_to bigint,
    pending bigint,
    secret_until bigint,
    created_at bigint
);
COMMENT ON TYPE bank.webhook IS 'A webhook without its secret.';

CREATE TYPE bank.claimed_delivery AS (
    webhook_id text,
    event_id bigint,
    attempt bigint,
    url text,
    secret text,
    body text,
    secret_before text
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

CREATE TYPE bank.webhook_secret AS (
    webhook_id text,
    secret text,
    secret_until bigint
);
COMMENT ON TYPE bank.webhook_secret IS 'A new secret, which is not shown again.';

CREATE TYPE bank.address_rules AS (
    http boolean,
    allowed jsonb,
    refused jsonb
);
COMMENT ON TYPE bank.address_rules IS 'To which addresses webhooks are sent.';

CREATE TYPE bank.finished AS (
    delivered bigint,
    failed bigint
);
COMMENT ON TYPE bank.finished IS 'What came of deliveries.';

-- What a worker tells of a delivery.
CREATE TYPE engine.told_delivery AS (
    webhook_number bigint,
    event_id bigint,
    attempt bigint,
    http_status bigint,
    error text,
    delivered boolean
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('webhook_id', '{}', '{"pattern": "^webhook[1-9][0-9]*$"}', 'Given by the webhook.'),
('url', '{}', '{"maxLength": 2048, "format": "uri"}', 'Where to POST: an https URL without a user or fragment, at a public address; `webhook_http` and `webhook_networks` of ledger.settings say what else is allowed.'),
('secret', '{}', '{"minLength": 16, "maxLength": 255}', 'Signs what is sent: 16 to 255 visible ASCII characters; one is made if left out.'),
('types', '{}', '{}', 'Which types of events; all if left out.'),
('types', '{webhook,webhook_created}', '{"type": "array", "items": {"type": "string"}}', 'Which types of events. NULL where it is all.'),
('account_id', '{create_webhook}', '{}', 'Of which account; of all if left out.'),
('account_id', '{webhook,webhook_created}', '{}', 'Of which account. NULL where it is all.'),
('secret', '{webhook_created}', '{"minLength": 16, "maxLength": 255}', 'Signs what is sent. A repeat gets the one that is valid by then, NULL where the webhook is deleted.'),
('secret', '{webhook_secret}', '{"minLength": 16, "maxLength": 255}', 'Signs what is sent. A repeat gets the one that is valid by then, NULL where the webhook is deleted.'),
('after', '{create_webhook,webhook_created}', '{"maximum": null}', 'Events after this event_id are sent; those to come if left out.'),
('queued_to', '{}', '{}', 'The event_id up to which is decided what is sent.'),
('pending', '{}', '{}', 'How many of those that it wants are not delivered, counted up to 10000.'),
('limit', '{claim_deliveries}', '{"maximum": 1000}', 'How many at most.'),
('lease_ms', '{}', '{"minimum": 0, "maximum": 86400000}', 'For how many milliseconds nobody else gets them.'),
('body', '{}', '{}', 'What to send: the event as JSON.'),
('attempts', '{}', '{}', 'How often it was tried.'),
('attempt', '{finish_delivery,claimed_delivery}', '{}', 'Which attempt it is, from 1.'),
('http_status', '{}', '{}', 'What the receiver answered; nothing if left out.'),
('error', '{}', '{}', 'Why there is no answer.'),
('status', '{delivery,list_deliveries}', '{"enum": ["pending", "delivered", "skipped"]}', 'Whether it has arrived, or is sent no more.'),
('status', '{webhook}', '{"enum": ["active", "paused", "deleted"]}', 'Whether events are sent there. `deleted` is what deleting it answers.'),
('paused_at', '{}', '{}', 'When it was paused, milliseconds since the epoch. NULL: it is not.'),
('paused_reason', '{}', '{}', 'Why it was paused: what somebody said, `answered 410`, or `72 h without a success`. NULL: it is not.'),
('failing_since', '{}', '{}', 'When the first delivery failed after the last success, milliseconds since the epoch. NULL: the last one succeeded, or none was sent.'),
('overlap_ms', '{}', '{"minimum": 0, "maximum": 2592000000}', 'For how many milliseconds the secret before signs as well.'),
('secret_until', '{}', '{}', 'Until when the secret before the last rotation signs as well, milliseconds since the epoch. NULL where there was none.'),
('secret_before', '{}', '{}', 'The secret before the last rotation. NULL where it signs no more.'),
('http', '{}', '{}', 'Whether http addresses will do.'),
('allowed', '{address_rules}', '{"type": "array", "items": {"type": "string"}}', 'Networks to which events are sent though they are in `refused`.'),
('refused', '{address_rules}', '{"type": "array", "items": {"type": "string"}}', 'Networks that are not public.'),
('finished', '{}', '{"type": "array"}', 'What came of each: {webhook_id, event_id, attempt, http_status, error}.'),
('delivered', '{}', '{}', 'How many have arrived.'),
('failed', '{finished}', '{}', 'How many are tried again.'),
('share', '{}', '{"minimum": 1, "maximum": 1000}', 'How many of one webhook may be in the caller''s hands at once; of one that fails a tenth.'),
('sending', '{}', '{}', 'How many are in the caller''s hands by now, by webhook_id.'),
('worker_number', '{claim_deliveries}', '{"minimum": 1}', 'The worker that sends them: once it is dead they are free.'),
('idempotency_key', '{update_webhook,pause_webhook,resume_webhook,rotate_webhook_secret,retry_delivery,skip_delivery}', '{"minLength": 1, "maxLength": 255}', 'Repeats of a request with the same key are answered as the first was, and nothing happens again. A key belongs to the login that calls.'),
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
('TL030', 'invalid_url', 'Use an http or https URL of at most 2048 visible ASCII characters, without a user or fragment, and an IPv4 address, if it has one, as four numbers.'),
('TL031', 'address_not_allowed', 'Use https and a public address. What else is allowed the owner of the ledger says by SQL, in webhook_http and webhook_networks of ledger.settings (docs/webhooks.md).'),
('TL131', 'webhook_not_found', 'There is no webhook {"webhook_id"}: use one that create_webhook returned and that is not deleted.'),
('TL134', 'delivery_not_found', 'Webhook {"webhook_id"} has no delivery of event {event_id}: it does not want that, or it is not queued yet.'),
('TL360', 'delivery_ended', 'Event {event_id} is {delivery_status} already.'),
('TL361', 'delivery_waits', 'Event {event_id} waits for event {first}, of the same account: retry or skip that one.');

INSERT INTO engine.operations (operation, title, about) VALUES
('create_webhook', 'Webhook made', 'A webhook was made.'),
('update_webhook', 'Webhook changed', 'Where events are sent, or which, was said anew.'),
('pause_webhook', 'Webhook paused', 'Sending to a webhook was paused, by hand or since its receiver is gone.'),
('resume_webhook', 'Webhook resumed', 'Sending to a webhook goes on.'),
('rotate_webhook_secret', 'Webhook secret changed', 'A webhook was given another secret.'),
('retry_delivery', 'Delivery retried', 'An event was sent again before its time.'),
('skip_delivery', 'Delivery skipped', 'An event is sent to a webhook no more.'),
('delete_webhook', 'Webhook deleted', 'A webhook was deleted.');
