-- told_of: what a worker tells of deliveries, as rows.
--
--   Returns  a row for each, the last one where it tells of one twice; what names no webhook is
--            left out
CREATE OR REPLACE FUNCTION engine.told_of(finished jsonb)
RETURNS SETOF engine.told_delivery
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT DISTINCT ON (w.webhook_number, f.event_id)
        w.webhook_number, f.event_id, f.attempt, f.http_status, f.error,
        (f.http_status BETWEEN 200 AND 299 AND f.error IS NULL) IS TRUE
    FROM jsonb_array_elements(finished) WITH ORDINALITY AS e (one, number)
    CROSS JOIN LATERAL jsonb_to_record(e.one) AS f (
        webhook_id text, event_id bigint, attempt bigint, http_status bigint, error text
    )
    CROSS JOIN LATERAL (
        SELECT substring(f.webhook_id FROM '^webhook([1-9][0-9]{0,15})$')::bigint AS webhook_number
    ) AS w
    WHERE w.webhook_number IS NOT NULL
    ORDER BY w.webhook_number, f.event_id, e.number DESC
$function$;

COMMENT ON FUNCTION engine.told_of(jsonb) IS
    'Internal: what a worker tells of deliveries, as rows.';
REVOKE ALL ON FUNCTION engine.told_of(jsonb) FROM PUBLIC;
