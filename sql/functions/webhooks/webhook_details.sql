-- webhook_details: what the leg that makes a webhook says of it.
--
--   Returns  {webhook_id, host, url_sha256, types, account_id, after, created_at, secret_sha256}:
--            of the secret only its SHA-256, hexadecimal; of the URL, which may hold a secret of
--            the receiver's, that and the part before its path. Events of @ledger are sent to
--            others too
CREATE OR REPLACE FUNCTION engine.webhook_details(webhook ledger.webhooks)
RETURNS jsonb
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT jsonb_build_object(
        'webhook_id', 'webhook' || (webhook).webhook_number,
        'host', substring((webhook).url FROM '^[^:]*://[^/?#]*'),
        'url_sha256', encode(sha256(convert_to((webhook).url, 'UTF8')), 'hex'),
        'types', (webhook).types, 'account_id', (webhook).account_id, 'after', (webhook).after,
        'created_at', (webhook).created_at,
        'secret_sha256', encode(sha256(convert_to((webhook).secret, 'UTF8')), 'hex')
    )
$function$;

COMMENT ON FUNCTION engine.webhook_details(ledger.webhooks) IS
    'Internal: all that a webhook was made with, for the details of its leg.';
REVOKE ALL ON FUNCTION engine.webhook_details(ledger.webhooks) FROM PUBLIC;
