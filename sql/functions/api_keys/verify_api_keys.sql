-- verify_api_keys: see that nobody comes in but with what @ledger tells of.
--
--   Returns  the violations of api_keys_logged
CREATE OR REPLACE FUNCTION engine.verify_api_keys()
RETURNS SETOF engine.violation
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT 'api_keys_logged', '@ledger', json_build_object(
        'name', coalesce(k.name, l.name), 'kept', k.details, 'revoked_at', k.revoked_at,
        'sealed', l.details, 'revocations', l.revocations
    )
    FROM (
        SELECT k.name, k.revoked_at, engine.api_key_details(k) AS details
        FROM ledger.api_keys AS k
    ) AS k
    FULL JOIN (
        -- One row per key: what made it, and when it was revoked.
        SELECT
            t.details ->> 'name' AS name,
            (array_agg(t.details) FILTER (WHERE t.operation = 'create_api_key'))[1] AS details,
            count(*) FILTER (WHERE t.operation = 'create_api_key') AS creations,
            array_agg(t.details ->> 'revoked_at') FILTER (WHERE t.operation = 'revoke_api_key')
                AS revocations
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = '@ledger' AND t.operation IN ('create_api_key', 'revoke_api_key')
        GROUP BY t.details ->> 'name'
    ) AS l ON l.name = k.name
    WHERE l.creations IS DISTINCT FROM 1
        OR k.details IS DISTINCT FROM l.details
        OR l.revocations IS DISTINCT FROM
            CASE WHEN k.revoked_at IS NOT NULL THEN ARRAY[k.revoked_at::text] END
$function$;

COMMENT ON FUNCTION engine.verify_api_keys() IS
    'Internal: the violations of API keys.';
REVOKE ALL ON FUNCTION engine.verify_api_keys() FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder) VALUES
('api_keys_logged', 'Each API key has the secret, the role and the accounts that the leg of @ledger sealed which made it, and is revoked where one says so.', 'verify_api_keys');
