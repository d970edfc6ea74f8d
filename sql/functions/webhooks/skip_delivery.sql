-- skip_delivery: send an event no more, and go on with what follows it.
--
--   Returns  the delivery; a repeat under the same key gets the first answer again
--   Writes   ledger.webhook_deliveries: the next one of its account is let go; one leg of @ledger
--   Locks    the webhook, FOR NO KEY UPDATE; @ledger
--   Errors   limited_to_accounts, invalid_idempotency_key, idempotency_key_reused,
--            invalid_argument (reason), webhook_not_found, delivery_not_found, delivery_ended
--
-- One that is being sent at this moment may still arrive.
CREATE OR REPLACE FUNCTION bank.skip_delivery(
    webhook_id text, event_id bigint, reason text, idempotency_key text DEFAULT NULL
)
RETURNS bank.delivery
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_request json := json_build_object(
        'webhook_id', webhook_id, 'event_id', event_id, 'reason', reason
    );
    v_response json := engine.begin_change('skip_delivery', idempotency_key, v_request);
    v_number bigint;
    v_delivery ledger.webhook_deliveries;
    v_shown bank.delivery;
BEGIN
    IF v_response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.delivery, v_response);
    END IF;
    PERFORM engine.check_reason(reason);
    v_number := (engine.lock_webhook(webhook_id)).webhook_number;
    v_delivery := engine.pending_delivery(v_number, event_id);
    UPDATE ledger.webhook_deliveries AS d
    SET status = 'skipped', next_attempt_at = NULL, claimed_by = NULL, claimed_until = NULL
    WHERE d.account_id = v_delivery.account_id
        AND d.webhook_number = v_number
        AND d.event_id = v_delivery.event_id;
    PERFORM engine.let_go(v_number, v_delivery.account_id);
    v_shown := engine.show_delivery(v_number, skip_delivery.event_id);
    PERFORM engine.end_change(
        'skip_delivery', v_request::jsonb, idempotency_key, row_to_json(v_shown)
    );
    RETURN v_shown;
END;
$function$;

COMMENT ON FUNCTION bank.skip_delivery(text, bigint, text, text) IS
    'Send an event no more, and go on with what follows it. The log tells of it, and why. The key '
    'belongs to the login that calls.';
REVOKE ALL ON FUNCTION bank.skip_delivery(text, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.skip_delivery(text, bigint, text, text) TO bank_operator;
