-- posted_ids: which of some ids have been posted, and how many legs each has.
--
--   Returns  a row per id under which legs came into the log: folded credits by folded_in
CREATE OR REPLACE FUNCTION engine.posted_ids(transaction_ids int8multirange)
RETURNS TABLE (id bigint, legs bigint)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT posted.id, count(*)
    FROM unnest(transaction_ids) AS i (ids)
    CROSS JOIN LATERAL (
        -- In the order of ids, so that they are looked up in the index.
        (
            SELECT t.transaction_id AS id
            FROM ledger.ledger_transactions AS t
            WHERE t.transaction_id >= lower(i.ids)
                AND t.transaction_id < upper(i.ids)
                AND t.folded_in IS NULL
            ORDER BY t.transaction_id
        )
        UNION ALL
        (
            SELECT t.folded_in
            FROM ledger.ledger_transactions AS t
            WHERE t.folded_in >= lower(i.ids)
                AND t.folded_in < upper(i.ids)
            ORDER BY t.folded_in
        )
    ) AS posted
    GROUP BY posted.id;
END;
$function$;

COMMENT ON FUNCTION engine.posted_ids(int8multirange) IS
    'Internal: which of some ids have been posted, and how many legs each has.';
REVOKE ALL ON FUNCTION engine.posted_ids(int8multirange) FROM PUBLIC;
