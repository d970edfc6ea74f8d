-- let_go: have the oldest pending delivery of an account sent, if it waits for one before it.
--
--   Writes   ledger.webhook_deliveries
--
-- Under the lock of the webhook.
CREATE OR REPLACE FUNCTION engine.let_go(webhook_number bigint, account_id text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_now bigint := engine.now();
BEGIN
    UPDATE ledger.webhook_deliveries AS d
    SET next_attempt_at = v_now
    WHERE d.account_id = let_go.account_id
        AND d.webhook_number = let_go.webhook_number
        AND d.next_attempt_at IS NULL
        AND d.event_id = (
            SELECT min(n.event_id)
            FROM ledger.webhook_deliveries AS n
            WHERE n.account_id = let_go.account_id
                AND n.webhook_number = let_go.webhook_number
                AND n.status = 'pending'
        );
END;
$function$;

COMMENT ON FUNCTION engine.let_go(bigint, text) IS
    'Internal: has the oldest pending delivery of an account sent.';
REVOKE ALL ON FUNCTION engine.let_go(bigint, text) FROM PUBLIC;
