-- retry_delivery: try again now.
--
--   Returns  the delivery; a repeat under the same key gets the first answer again
--   Writes   ledger.webhook_deliveries, one leg of @ledger
--   Locks    the webhook, FOR NO KEY UPDATE; @ledger
--   Errors   limited_to_accounts, invalid_idempotency_key, idempotency_key_reused,
--            webhook_not_found, delivery_not_found, delivery_ended, delivery_waits
--
-- One that is being sent at this moment is let finish.
CREATE OR REPLACE FUNCTION bank.retry_delivery(
    webhook_id text, event_id bigint, idempotency_key text DEFAULT NULL
)
RETURNS bank.delivery
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_request json := json_build_object('webhook_id', webhook_id, 'event_id', event_id);
    v_response json := engine.begin_change('retry_delivery', idempotency_key, v_request);
    v_number bigint;
    v_delivery ledger.webhook_deliveries;
    v_now bigint := engine.now();
    v_shown bank.delivery;
BEGIN
    IF v_response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.delivery, v_response);
    END IF;
    v_number := (engine.lock_webhook(webhook_id)).webhook_number;
    v_delivery := engine.pending_delivery(v_number, event_id);
    IF v_delivery.next_attempt_at IS NULL THEN
        PERFORM engine.refuse('delivery_waits', json_build_object(
            'webhook_id', webhook_id, 'event_id', event_id, 'first', (
                SELECT min(d.event_id)
                FROM ledger.webhook_deliveries AS d
                WHERE d.account_id = v_delivery.account_id
                    AND d.webhook_number = v_number
                    AND d.status = 'pending'
            )
        ));
    END IF;
    UPDATE ledger.webhook_deliveries AS d
    SET next_attempt_at = v_now
    WHERE d.account_id = v_delivery.account_id
        AND d.webhook_number = v_number
        AND d.event_id = v_delivery.event_id;
    v_shown := engine.show_delivery(v_number, retry_delivery.event_id);
    PERFORM engine.end_change(
        'retry_delivery', v_request::jsonb, idempotency_key, row_to_json(v_shown)
    );
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION bank.retry_delivery(text, bigint, text) IS
    'Try again now. Of an account the oldest that is pending alone, since the others wait for it. '
    'The key belongs to the login that calls.';
REVOKE ALL ON FUNCTION bank.retry_delivery(text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.retry_delivery(text, bigint, text) TO bank_operator;
