-- unnumbered_legs: legs without an event, of accounts found to have some and of collecting ones.
--
--   Returns  of each account the legs after its last event: up to the version found, or at most
--            limit of a collecting account; in_order rises with the versions of an account
CREATE OR REPLACE FUNCTION engine.unnumbered_legs(
    account_ids text[], versions bigint[], "limit" bigint
)
RETURNS TABLE (account_id text, version bigint, transaction_id bigint, in_order bigint)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT
        t.account_id,
        t.version,
        t.transaction_id,
        max(t.transaction_id) OVER (PARTITION BY t.account_id ORDER BY t.version)
    FROM (
        SELECT news.account_id, max(news.version) AS version
        FROM (
            SELECT f.account_id, f.version
            FROM unnest(account_ids, versions) AS f (account_id, version)
            UNION ALL
            SELECT a.account_id, least(a.version, "limit" + coalesce((
                SELECT max(e.version) FROM ledger.events AS e WHERE e.account_id = a.account_id
            ), 0))
            FROM ledger.accounts AS a
            WHERE a.collecting
        ) AS news
        GROUP BY news.account_id
    ) AS found
    CROSS JOIN LATERAL (
        SELECT coalesce(max(e.version), 0) AS version
        FROM ledger.events AS e
        WHERE e.account_id = found.account_id
    ) AS numbered
    CROSS JOIN LATERAL (
        SELECT l.account_id, l.version, l.transaction_id
        FROM ledger.ledger_transactions AS l
        WHERE l.account_id = found.account_id
            AND l.version > numbered.version
            AND l.version <= found.version
        ORDER BY l.version
    ) AS t
    WHERE found.version > numbered.version;
END;
$function$;

COMMENT ON FUNCTION engine.unnumbered_legs(text[], bigint[], bigint) IS
    'Internal: legs that have no event yet, of the accounts given and of collecting ones.';
REVOKE ALL ON FUNCTION engine.unnumbered_legs(text[], bigint[], bigint) FROM PUBLIC;
