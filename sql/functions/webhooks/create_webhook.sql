-- create_webhook: have events sent to a URL.
--
--   Returns  the webhook, with the secret that signs what is sent: shown now and never again, but
--            to a repeat under the same key, which gets the first answer again
--   Writes   ledger.webhooks, one leg of @ledger; what bank.number_events writes
--   Locks    @ledger, so that no more are made than may be
--   Errors   limited_to_accounts, invalid_idempotency_key, idempotency_key_reused,
--            invalid_url, address_not_allowed, invalid_argument (secret, types, after),
--            account_not_found, quota_exceeded
--
-- Events are sent that follow `after`; NULL: those that are yet to come. The key belongs to the
-- login that calls, and what is stored under it is without the secret, so that this is gone with
-- its webhook.
CREATE OR REPLACE FUNCTION bank.create_webhook(
    url text,
    secret text DEFAULT NULL,
    types text[] DEFAULT NULL,
    account_id text DEFAULT NULL,
    after bigint DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.webhook_created
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_response json := engine.begin_change(
        'create_webhook', idempotency_key, json_build_object(
            'url', url, 'secret', secret, 'types', types, 'account_id', account_id,
            'after', after
        )
    );
    v_numbering bank.numbering;
    v_webhook ledger.webhooks;
    v_created bank.webhook_created;
BEGIN
    IF v_response IS NOT NULL THEN
        v_created := json_populate_record(NULL::bank.webhook_created, v_response);
        v_created.secret := engine.secret_of(v_created.webhook_id);
        RETURN v_created;
    END IF;
    PERFORM engine.check_webhook(url, secret, types, after);
    IF account_id IS NOT NULL THEN
        PERFORM engine.read_account(create_webhook.account_id);
    END IF;
    IF after IS NULL THEN
        -- Whoever numbers is let finish: of what was before, nothing is to be left for later.
        LOCK TABLE ledger.settings IN SHARE UPDATE EXCLUSIVE MODE;
        LOOP
            v_numbering := bank.number_events();
            EXIT WHEN v_numbering.numbered = 0;
        END LOOP;
    END IF;

    v_webhook.webhook_number := nextval('ledger.webhook_seq');
    v_webhook.url := create_webhook.url;
    v_webhook.secret := coalesce(create_webhook.secret, engine.new_secret());
    v_webhook.types := to_jsonb(create_webhook.types);
    v_webhook.account_id := create_webhook.account_id;
    v_webhook.after := coalesce(create_webhook.after, v_numbering.newest);
    v_webhook.created_at := engine.now();
    v_created := ROW(
        'webhook' || v_webhook.webhook_number, v_webhook.url, NULL, v_webhook.types,
        v_webhook.account_id, v_webhook.after, v_webhook.created_at
    );
    PERFORM engine.end_change(
        'create_webhook', engine.webhook_details(v_webhook), idempotency_key,
        row_to_json(v_created)
    );
    PERFORM engine.check_quota('webhooks', (SELECT count(*) FROM ledger.webhooks AS w), NULL);
    INSERT INTO ledger.webhooks
        (webhook_number, url, secret, types, account_id, after, queued, created_at)
    VALUES (
        v_webhook.webhook_number, v_webhook.url, v_webhook.secret, v_webhook.types,
        v_webhook.account_id, v_webhook.after, v_webhook.after, v_webhook.created_at
    );
    v_created.secret := v_webhook.secret;
    RETURN v_created;
END;
$function$;

COMMENT ON FUNCTION bank.create_webhook(text, text, text[], text, bigint, text) IS
    'Have events sent to a URL. Those to come unless `after` says otherwise. Each is a POST whose '
    'body is the event as bank.list_events shows it, with a header `Pgteller-Signature: '
    't=<seconds since the epoch>,v1=<hex>`: the HMAC-SHA256, under the secret, of the number '
    'after `t=`, a dot, and the body. A status of 200 to 299 means received. Anything else is '
    'tried again, after 5 s, 30 s, 2 min, 10 min, 30 min and every hour; meanwhile later events '
    'of the same account wait, those of others do not. After 72 hours without a success, or a '
    '410, it is paused. An event may come twice. The key belongs to the login that calls.';
REVOKE ALL ON FUNCTION bank.create_webhook(text, text, text[], text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.create_webhook(text, text, text[], text, bigint, text)
TO bank_operator;
