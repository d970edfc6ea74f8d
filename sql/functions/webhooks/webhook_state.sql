-- webhook_state: all of a webhook that legs of @ledger have said.
--
--   Returns  what made it (engine.webhook_details), and what later legs add: the hash of the secret
--            before and until when that is valid, since when it is paused and why
CREATE OR REPLACE FUNCTION engine.webhook_state(webhook ledger.webhooks)
RETURNS jsonb
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT engine.webhook_details(webhook) || jsonb_build_object(
        'secret_before_sha256',
        encode(sha256(convert_to((webhook).secret_before, 'UTF8')), 'hex'),
        'secret_until', (webhook).secret_until,
        'paused_at', (webhook).paused_at, 'paused_reason', (webhook).paused_reason
    )
$function$;

COMMENT ON FUNCTION engine.webhook_state(ledger.webhooks) IS
    'Internal: all of a webhook that legs of @ledger have said.';
REVOKE ALL ON FUNCTION engine.webhook_state(ledger.webhooks) FROM PUBLIC;
