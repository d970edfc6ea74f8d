-- settle_skipping: post what is due on one account, unless somebody else holds it.
--
--   Returns  how many legs of the operation counted were posted, and the sum of their amounts (of
--            expiries: of what they released); NULL where somebody else has the account, who
--            settles it as part of what he does
--   Writes   what engine.settle_due writes, for at most limit entries
--   Locks    the account, FOR NO KEY UPDATE SKIP LOCKED
CREATE OR REPLACE FUNCTION engine.settle_skipping(
    account_id text, "timestamp" bigint, "limit" bigint, counted text,
    OUT settled bigint, OUT amount numeric
)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_version bigint;
BEGIN
    SELECT a.version INTO v_version
    FROM ledger.accounts AS a
    WHERE a.account_id = settle_skipping.account_id
    FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM engine.settle_due(settle_skipping.account_id, settle_skipping."timestamp", "limit");

    SELECT
        count(*),
        coalesce(sum(CASE t.operation
            WHEN 'expire_hold' THEN (t.details ->> 'released')::bigint
            ELSE t.amount
        END), 0)
    INTO settled, amount
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = settle_skipping.account_id
        AND t.version > v_version
        AND CASE counted
            WHEN 'collected' THEN t.folded_in IS NOT NULL
            ELSE t.operation = counted
        END;
END;
$function$;

COMMENT ON FUNCTION engine.settle_skipping(text, bigint, bigint, text) IS
    'Internal: settles one account unless it is locked; counts legs of one kind.';
REVOKE ALL ON FUNCTION engine.settle_skipping(text, bigint, bigint, text) FROM PUBLIC;
