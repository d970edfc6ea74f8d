-- list_deliveries: what was sent to a webhook and what waits, in the order of events.
--
--   Returns  at most limit deliveries whose event follows `after`
--   Errors   limited_to_accounts, invalid_argument (limit, order, status), webhook_not_found
CREATE OR REPLACE FUNCTION bank.list_deliveries(
    webhook_id text,
    status text DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after bigint DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.delivery
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_number bigint;
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    IF status IS NOT NULL THEN
        PERFORM engine.check_one_of('status', status, ARRAY['pending', 'delivered', 'skipped']);
    END IF;
    v_number := (engine.read_webhook(list_deliveries.webhook_id)).webhook_number;

    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT shown.*
        FROM (
            SELECT d.event_id
            FROM ledger.webhook_deliveries AS d
            WHERE d.webhook_number = v_number
                AND d.event_id > coalesce(after, 0)
                AND (list_deliveries.status IS NULL OR d.status = list_deliveries.status)
            ORDER BY d.event_id
            LIMIT list_deliveries."limit"
        ) AS page
        CROSS JOIN LATERAL engine.show_delivery(v_number, page.event_id) AS shown
        ORDER BY page.event_id;
    ELSE
        RETURN QUERY
        SELECT shown.*
        FROM (
            SELECT d.event_id
            FROM ledger.webhook_deliveries AS d
            WHERE d.webhook_number = v_number
                AND d.event_id < coalesce(after, 9223372036854775807)
                AND (list_deliveries.status IS NULL OR d.status = list_deliveries.status)
            ORDER BY d.event_id DESC
            LIMIT list_deliveries."limit"
        ) AS page
        CROSS JOIN LATERAL engine.show_delivery(v_number, page.event_id) AS shown
        ORDER BY page.event_id DESC;
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_deliveries(text, text, bigint, bigint, text) IS
    'What was sent to a webhook and what waits, in the order of events. Without a next attempt '
    'while an earlier one of its account waits.';
REVOKE ALL ON FUNCTION bank.list_deliveries(text, text, bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_deliveries(text, text, bigint, bigint, text)
TO bank_operator, bank_auditor;
