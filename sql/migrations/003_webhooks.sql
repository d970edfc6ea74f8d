-- Webhooks that survive their receivers, and workers that say that they live.

ALTER TABLE ledger.settings
ADD COLUMN webhook_http boolean NOT NULL DEFAULT false,
ADD COLUMN webhook_networks cidr[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN ledger.settings.webhook_http IS
    'Whether webhooks may have http addresses, where all can read what is sent.';
COMMENT ON COLUMN ledger.settings.webhook_networks IS
    'Networks that are not public, and to which webhooks may be sent all the same.';

ALTER TABLE ledger.webhooks
ADD COLUMN secret_before text,
ADD COLUMN secret_until bigint,
ADD COLUMN paused_at bigint,
ADD COLUMN paused_reason text,
ADD COLUMN failing_since bigint;
COMMENT ON COLUMN ledger.webhooks.secret_before IS
    'The secret before the last rotation, which signs as well until secret_until (ms).';
COMMENT ON COLUMN ledger.webhooks.paused_at IS
    'When it was paused, ms; NULL: it is not. While it is, nothing is queued or sent.';
COMMENT ON COLUMN ledger.webhooks.failing_since IS
    'When the first delivery failed after the last success, ms; NULL: the last one succeeded.';

ALTER TABLE ledger.webhook_deliveries
ADD COLUMN version bigint,
ADD COLUMN claimed_by bigint,
ADD COLUMN claimed_until bigint,
DROP CONSTRAINT webhook_deliveries_status_check,
ADD CONSTRAINT webhook_deliveries_status_check
CHECK (status IN ('pending', 'delivered', 'skipped')),
SET (fillfactor = 70);  -- what claims one finds room beside it, so that no index is touched
COMMENT ON COLUMN ledger.webhook_deliveries.version IS
    'The leg of account_id that the event tells of; NULL: queued by a release that did not say.';
COMMENT ON COLUMN ledger.webhook_deliveries.claimed_by IS
    'The worker that is sending it; when that is dead, it is free.';
COMMENT ON COLUMN ledger.webhook_deliveries.claimed_until IS
    'When it is free at the latest, ms. In no index, so that claiming one touches none.';
COMMENT ON COLUMN ledger.webhook_deliveries.next_attempt_at IS
    'When it is sent, again or at all; NULL while one of the same account goes before it.';

CREATE TABLE ledger.worker_heartbeats (
    worker_number bigint PRIMARY KEY,
    name text NOT NULL,
    version text NOT NULL,
    started_at bigint NOT NULL,
    beat_at bigint NOT NULL,
    believed_until bigint NOT NULL
);
COMMENT ON TABLE ledger.worker_heartbeats IS
    'One row per worker that runs; one that has not said so by believed_until is dead.';
