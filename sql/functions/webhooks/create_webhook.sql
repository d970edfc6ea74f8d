-- create_webhook: have events sent to a URL.
--
--   Returns  the webhook, with the secret that signs what is sent: shown now and never again
--   Writes   ledger.webhooks; what engine.sequence_events writes
--   Locks    nothing
--   Errors   invalid_url, invalid_argument (secret, types, after), account_not_found
--
-- Events are sent that follow `after`; NULL: those that are yet to come.
CREATE OR REPLACE FUNCTION bank.create_webhook(
    url text,
    secret text DEFAULT NULL,
    types text[] DEFAULT NULL,
    account_id text DEFAULT NULL,
    after bigint DEFAULT NULL
)
RETURNS bank.webhook_created
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_webhook ledger.webhooks;
    v_created bank.webhook_created;
BEGIN
    PERFORM engine.check_webhook(url, secret, types, after);
    IF account_id IS NOT NULL THEN
        PERFORM engine.read_account(create_webhook.account_id);
    END IF;
    WHILE after IS NULL AND engine.sequence_events() > 0 LOOP
    END LOOP;

    v_webhook.webhook_number := nextval('ledger.webhook_seq');
    v_webhook.url := create_webhook.url;
    -- 244 random bits; the server's generator is a cryptographic one.
    v_webhook.secret := coalesce(
        create_webhook.secret,
        'whsec_' || replace(gen_random_uuid()::text || gen_random_uuid(), '-', '')
    );
    v_webhook.types := to_jsonb(create_webhook.types);
    v_webhook.account_id := create_webhook.account_id;
    v_webhook.queued := coalesce(
        after, (SELECT max(e.event_id) FROM ledger.events AS e), 0
    );
    v_webhook.created_at := engine.now();
    INSERT INTO ledger.webhooks VALUES (v_webhook.*);

    v_created := ROW(
        'webhook' || v_webhook.webhook_number, v_webhook.url, v_webhook.secret, v_webhook.types,
        v_webhook.account_id, v_webhook.queued, v_webhook.created_at
    );
    RETURN v_created;
END;
$function$;

COMMENT ON FUNCTION bank.create_webhook(text, text, text[], text, bigint) IS
    'Has events sent by POST to url (http or https), signed with secret (16 to 255 visible ASCII '
    'characters; NULL: one is made): all, or those of types, of account_id; those after event_id '
    '`after` (NULL: those to come). Raises invalid_url, invalid_argument, account_not_found.';
REVOKE ALL ON FUNCTION bank.create_webhook(text, text, text[], text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.create_webhook(text, text, text[], text, bigint) TO bank_operator;
