-- verify_webhooks: see that events are sent where @ledger says, and nowhere else.
--
--   Returns  the violations of webhooks_logged
CREATE OR REPLACE FUNCTION engine.verify_webhooks()
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_newest bigint := (
        SELECT max(b.first_event_id + b.events - 1) FROM ledger.event_batches AS b
    );
BEGIN
    RETURN QUERY
    SELECT 'webhooks_logged', '@ledger', json_build_object(
        'webhook_id', coalesce(w.details ->> 'webhook_id', l.webhook_id),
        'kept', w.details, 'queued', w.queued, 'sealed', l.details, 'deletions', l.deletions
    )
    FROM (
        SELECT engine.webhook_details(w) AS details, w.after, w.queued
        FROM ledger.webhooks AS w
    ) AS w
    FULL JOIN (
        -- One row per webhook: what made it, and how often it was made and deleted.
        SELECT DISTINCT ON (t.details ->> 'webhook_id')
            t.details ->> 'webhook_id' AS webhook_id,
            t.details,
            count(*) FILTER (WHERE t.operation = 'create_webhook') OVER of_webhook AS creations,
            count(*) FILTER (WHERE t.operation = 'delete_webhook') OVER of_webhook AS deletions
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation IN ('create_webhook', 'delete_webhook')
        WINDOW of_webhook AS (PARTITION BY t.details ->> 'webhook_id')
        ORDER BY t.details ->> 'webhook_id', t.operation, t.version
    ) AS l ON l.webhook_id = w.details ->> 'webhook_id'
    WHERE l.creations IS DISTINCT FROM 1
        OR l.deletions <> CASE WHEN w.details IS NULL THEN 1 ELSE 0 END
        OR w.details <> l.details
        OR w.queued NOT BETWEEN w.after AND greatest(w.after, v_newest);
END;
$function$;

COMMENT ON FUNCTION engine.verify_webhooks() IS
    'Internal: the violations of webhooks.';
REVOKE ALL ON FUNCTION engine.verify_webhooks() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('webhooks_logged', 'Each webhook has the address, the filter and the secret that the leg of @ledger sealed which made it, and is gone with the one that deletes it.', 'verify_webhooks');
