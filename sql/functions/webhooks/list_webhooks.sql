-- list_webhooks: where events are sent, oldest first.
--
--   Returns  at most limit webhooks that follow `after`, without their secrets
--   Errors   limited_to_accounts, invalid_argument (limit, order), webhook_not_found (after)
CREATE OR REPLACE FUNCTION bank.list_webhooks(
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.webhook
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_after bigint;
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    IF after IS NOT NULL THEN
        v_after := (engine.read_webhook(after)).webhook_number;
    END IF;
    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT shown.*
        FROM ledger.webhooks AS w
        CROSS JOIN LATERAL engine.show_webhook(w) AS shown
        WHERE w.webhook_number > coalesce(v_after, 0)
        ORDER BY w.webhook_number
        LIMIT list_webhooks."limit";
    ELSE
        RETURN QUERY
        SELECT shown.*
        FROM ledger.webhooks AS w
        CROSS JOIN LATERAL engine.show_webhook(w) AS shown
        WHERE w.webhook_number < coalesce(v_after, 9223372036854775807)
        ORDER BY w.webhook_number DESC
        LIMIT list_webhooks."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_webhooks(bigint, text, text) IS
    'Where events are sent, oldest first. What each wants, up to which event that is queued, and '
    'how many of those are pending.';
REVOKE ALL ON FUNCTION bank.list_webhooks(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_webhooks(bigint, text, text) TO bank_operator, bank_auditor;
