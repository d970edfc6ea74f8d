-- list_references: which transactions refer to one: its reversal, refunds, what they took back.
--
--   Returns  at most limit transactions whose id follows `after`, each with the first of its
--            entries that refer to the one asked for, and how many do
--   Errors   invalid_argument (limit, order), transaction_not_found
--
-- Whether a transaction was reversed follows from it: what reverses it refers to it, is of
-- operation reversal, and is the only one that does, for what is partly given back is not reversed.
CREATE OR REPLACE FUNCTION bank.list_references(
    transaction_id bigint,
    "limit" bigint DEFAULT 100,
    after bigint DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.reference
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    PERFORM engine.require_transaction(list_references.transaction_id);
    RETURN QUERY
    SELECT
        r.transaction_id, r."timestamp", r.operation, r.account_id, r.contra_account_id, a.currency,
        r.amount, r.legs
    FROM (
        SELECT DISTINCT ON (t.transaction_id)
            t.transaction_id,
            t."timestamp",
            t.operation,
            t.account_id,
            t.contra_account_id,
            t.amount,
            count(*) OVER (PARTITION BY t.transaction_id) AS legs
        FROM ledger.ledger_transactions AS t
        WHERE t.refers_to = list_references.transaction_id
            AND engine.is_own(t.account_id)
            AND CASE "order"
                WHEN 'asc' THEN t.transaction_id > coalesce(list_references.after, 0)
                ELSE t.transaction_id < coalesce(list_references.after, 9223372036854775807)
            END
        ORDER BY t.transaction_id, t.leg
    ) AS r
    INNER JOIN ledger.accounts AS a ON r.account_id = a.account_id
    ORDER BY CASE "order" WHEN 'asc' THEN r.transaction_id ELSE -r.transaction_id END
    LIMIT list_references."limit";
END;
$function$;

COMMENT ON FUNCTION bank.list_references(bigint, bigint, bigint, text) IS
    'Which transactions refer to one: its reversal, refunds, what they took back. Each with the '
    'first of its entries that do. A transaction was reversed if one of operation reversal is '
    'here; that is then the only one.';
REVOKE ALL ON FUNCTION bank.list_references(bigint, bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_references(bigint, bigint, bigint, text)
TO bank_teller, bank_auditor;
