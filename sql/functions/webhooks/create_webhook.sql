-- create_webhook: have events sent to a URL.
--
--   Returns  the webhook, with the secret that signs what is sent: shown now and never again
--   Writes   ledger.webhooks; what bank.number_events writes
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
    v_numbering bank.numbering;
    v_webhook ledger.webhooks;
    v_created bank.webhook_created;
BEGIN
    PERFORM engine.check_webhook(url, secret, types, after);
    IF account_id IS NOT NULL THEN
        PERFORM engine.read_account(create_webhook.account_id);
    END IF;
    IF after IS NULL THEN
        LOOP
            v_numbering := bank.number_events();
            EXIT WHEN v_numbering.numbered = 0;
        END LOOP;
    END IF;

    INSERT INTO ledger.webhooks AS w (
        webhook_number, url, secret, types, account_id, queued, created_at
    )
    VALUES (
        nextval('ledger.webhook_seq'),
        create_webhook.url,
        -- 244 random bits; the server's generator is a cryptographic one.
        coalesce(
            create_webhook.secret,
            'whsec_' || replace(gen_random_uuid()::text || gen_random_uuid(), '-', '')
        ),
        to_jsonb(create_webhook.types),
        create_webhook.account_id,
        coalesce(after, v_numbering.newest),
        engine.now()
    )
    RETURNING w.* INTO v_webhook;

    v_created := ROW(
        'webhook' || v_webhook.webhook_number, v_webhook.url, v_webhook.secret, v_webhook.types,
        v_webhook.account_id, v_webhook.queued, v_webhook.created_at
    );
    RETURN v_created;
END;
$function$;

COMMENT ON FUNCTION bank.create_webhook(text, text, text[], text, bigint) IS
    'Have events sent to a URL. Those to come unless `after` says otherwise. Each is a POST whose '
    'body is the event as bank.list_events shows it, with a header `Pgteller-Signature: '
    't=<seconds since the epoch>,v1=<hex>`: the HMAC-SHA256, under the secret, of the number '
    'after `t=`, a dot, and the body. A status of 200 to 299 means received. Anything else is '
    'tried again until then, after 5 s, 30 s, 2 min, 10 min, 30 min and every hour; meanwhile '
    'later events of the same account wait, those of others do not. An event may come twice.';
REVOKE ALL ON FUNCTION bank.create_webhook(text, text, text[], text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.create_webhook(text, text, text[], text, bigint) TO bank_operator;
