-- verify_webhooks: see that events are sent where @ledger says, and nowhere else.
--
--   Returns  the violations of webhooks_logged and deliveries_skipped_logged
--
-- Each leg says some of a webhook anew, so what it is now is the newest value of each member.
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
    WITH legs AS (
        SELECT t.operation, t.version, t.details, t.details ->> 'webhook_id' AS webhook_id
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation IN (
                'create_webhook', 'update_webhook', 'rotate_webhook_secret', 'pause_webhook',
                'resume_webhook', 'delete_webhook'
            )
    ), newest AS (
        SELECT DISTINCT ON (l.webhook_id, m.name) l.webhook_id, m.name, m.value
        FROM legs AS l
        CROSS JOIN LATERAL jsonb_each(l.details) AS m (name, value)
        ORDER BY l.webhook_id, m.name, l.version DESC
    ), sealed AS (
        SELECT
            l.webhook_id,
            l.operations,
            (
                SELECT jsonb_strip_nulls(jsonb_object_agg(n.name, n.value))
                FROM newest AS n
                WHERE n.webhook_id = l.webhook_id
            ) AS state
        FROM (
            SELECT l.webhook_id, array_agg(l.operation ORDER BY l.version) AS operations
            FROM legs AS l
            GROUP BY l.webhook_id
        ) AS l
    )
    SELECT 'webhooks_logged', '@ledger', json_build_object(
        'webhook_id', coalesce(w.state ->> 'webhook_id', s.webhook_id),
        'kept', w.state, 'queued', w.queued, 'sealed', s.state, 'legs', s.operations
    )
    FROM (
        SELECT jsonb_strip_nulls(engine.webhook_state(w)) AS state, w.after, w.queued
        FROM ledger.webhooks AS w
    ) AS w
    FULL JOIN sealed AS s ON s.webhook_id = w.state ->> 'webhook_id'
    -- One leg makes it, before all others; and one deletes it, after all others, or none.
    WHERE array_positions(s.operations, 'create_webhook') IS DISTINCT FROM ARRAY[1]
        OR array_positions(s.operations, 'delete_webhook') IS DISTINCT FROM
            CASE WHEN w.state IS NULL THEN ARRAY[cardinality(s.operations)] ELSE '{}' END
        OR w.state <> s.state
        OR w.queued NOT BETWEEN w.after AND greatest(w.after, v_newest);

    RETURN QUERY
    SELECT 'deliveries_skipped_logged', '@ledger', json_build_object(
        'webhook_id', coalesce(d.webhook_id, l.webhook_id),
        'event_id', coalesce(d.event_id, l.event_id),
        'kept', d.status, 'legs', coalesce(l.legs, 0)
    )
    FROM (
        SELECT 'webhook' || d.webhook_number AS webhook_id, d.event_id, d.status
        FROM ledger.webhook_deliveries AS d
        WHERE d.status = 'skipped'
    ) AS d
    FULL JOIN (
        SELECT
            t.details ->> 'webhook_id' AS webhook_id,
            (t.details ->> 'event_id')::bigint AS event_id,
            count(*) AS legs
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation = 'skip_delivery'
            AND EXISTS (
                SELECT FROM ledger.webhooks AS w
                WHERE 'webhook' || w.webhook_number = t.details ->> 'webhook_id'
            )
        GROUP BY t.details ->> 'webhook_id', t.details ->> 'event_id'
    ) AS l ON l.webhook_id = d.webhook_id AND l.event_id = d.event_id
    WHERE d.status IS NULL OR l.legs IS DISTINCT FROM 1;
END;
$function$;

COMMENT ON FUNCTION engine.verify_webhooks() IS
    'Internal: the violations of webhooks.';
REVOKE ALL ON FUNCTION engine.verify_webhooks() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('webhooks_logged', 'Each webhook has the address, the filter, the secrets and the pause that legs of @ledger have sealed, from the one that made it on, and is gone with the one that deletes it.', 'verify_webhooks'),
('deliveries_skipped_logged', 'A delivery is skipped where a leg of @ledger says so, and only there.', 'verify_webhooks');
