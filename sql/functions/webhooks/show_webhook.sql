-- show_webhook: a webhook as its readers see it, without its secret.
--
--   Returns  the webhook, and how many of the events queued for it are not delivered, counted up to
--            10000: there is no end to what a receiver can be behind
CREATE OR REPLACE FUNCTION engine.show_webhook(webhook ledger.webhooks)
RETURNS bank.webhook
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_shown bank.webhook := ROW(
        'webhook' || webhook.webhook_number, webhook.url, webhook.types, webhook.account_id,
        CASE WHEN webhook.paused_at IS NULL THEN 'active' ELSE 'paused' END,
        webhook.paused_at, webhook.paused_reason, webhook.failing_since, webhook.queued, (
            SELECT count(*)
            FROM (
                SELECT FROM ledger.webhook_deliveries AS d
                WHERE d.webhook_number = webhook.webhook_number AND d.status = 'pending'
                LIMIT 10000
            ) AS pending
        ), webhook.secret_until, webhook.created_at
    );
BEGIN
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION engine.show_webhook(ledger.webhooks) IS
    'Internal: a webhook''s row as readers see it.';
REVOKE ALL ON FUNCTION engine.show_webhook(ledger.webhooks) FROM PUBLIC;
