-- pause_webhooks: send nothing anywhere.
--
--   Returns  the webhooks that it has paused, oldest first; none where there is nothing to pause
--   Writes   ledger.webhooks, one leg of @ledger for each
--   Locks    those webhooks, FOR NO KEY UPDATE; @ledger
--   Errors   limited_to_accounts, invalid_argument (reason)
--
-- For a restored copy, whose webhooks lead to the receivers of the original: before a worker of it
-- runs. Each is resumed by itself. A repeat pauses nothing twice, so there is no key to give.
CREATE OR REPLACE FUNCTION bank.pause_webhooks(reason text)
RETURNS SETOF bank.webhook
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_number bigint;
    v_paused ledger.webhooks;
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_reason(reason);
    FOR v_number IN
        SELECT w.webhook_number
        FROM ledger.webhooks AS w
        WHERE w.paused_at IS NULL
        ORDER BY w.webhook_number
        FOR NO KEY UPDATE
    LOOP
        v_paused := engine.put_pause(v_number, reason);
        RETURN NEXT engine.show_webhook(v_paused);
    END LOOP;
END;
$function$;

COMMENT ON FUNCTION bank.pause_webhooks(text) IS
    'Send nothing anywhere. All webhooks that are not paused, as pause_webhook does each: for a '
    'restored copy, which knows the receivers of the original, before a worker of it runs. '
    'Harmless to repeat.';
REVOKE ALL ON FUNCTION bank.pause_webhooks(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.pause_webhooks(text) TO bank_operator;
