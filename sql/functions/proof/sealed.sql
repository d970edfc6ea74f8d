-- sealed: each account by what it has under ids below a transaction_id, a digest's cut.
--
--   Returns  the version and hash of the newest leg posted under an id below that one
--
-- Under its lock an account gets legs in the order of their ids, so whatever came after has a
-- higher one, for ever: the answer never changes. A collected credit was drawn an id by its payer,
-- long before perhaps; what counts is the id drawn under the lock when it was folded.
CREATE OR REPLACE FUNCTION engine.sealed(transaction_id bigint)
RETURNS SETOF engine.seal
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT a.account_id::text, newest.version, newest.hash
    FROM ledger.accounts AS a
    CROSS JOIN LATERAL (
        SELECT t.version, t.hash
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = a.account_id
            AND coalesce(t.folded_in, t.transaction_id)
                < sealed.transaction_id
        ORDER BY t.version DESC
        LIMIT 1
    ) AS newest;
END;
$function$;

COMMENT ON FUNCTION engine.sealed(bigint) IS
    'Internal: account_id, version and head of every account as of a digest''s transaction_id.';
REVOKE ALL ON FUNCTION engine.sealed(bigint) FROM PUBLIC;
