-- secret_of: the secret of a webhook, for a repeated request.
--
--   Returns  the one that is valid now; NULL where the webhook is deleted
CREATE OR REPLACE FUNCTION engine.secret_of(webhook_id text)
RETURNS text
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN (
        SELECT w.secret
        FROM ledger.webhooks AS w
        WHERE 'webhook' || w.webhook_number = secret_of.webhook_id
    );
END;
$function$;

COMMENT ON FUNCTION engine.secret_of(text) IS
    'Internal: the secret of a webhook that is valid now, NULL where it is deleted.';
REVOKE ALL ON FUNCTION engine.secret_of(text) FROM PUBLIC;
