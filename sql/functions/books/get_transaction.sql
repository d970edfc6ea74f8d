-- get_transaction: every side of a transaction, the house's included.
--
--   Returns  its legs, debits first; their amounts sum to zero in each currency
--   Errors   transaction_not_found
CREATE OR REPLACE FUNCTION bank.get_transaction(transaction_id bigint)
RETURNS SETOF bank.leg
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT
        l.transaction_id, l.leg, l."timestamp", l.recorded_at, l.value_at, l.operation,
        l.account_id, l.currency, l.amount, l.balance_after, l.contra_account_id, l.payment_ref,
        l.refers_to, l.metadata, l.posting_metadata, l.details, l.version, l.hash
    FROM bank.legs AS l
    WHERE l.transaction_id = get_transaction.transaction_id
        -- The house's side is shown with the customer's.
        AND engine.is_own(CASE WHEN l.account_id LIKE '@%' AND l.contra_account_id IS NOT NULL
            THEN l.contra_account_id ELSE l.account_id END)
    ORDER BY l.amount, l.account_id, l.leg;
    IF NOT FOUND THEN
        PERFORM engine.refuse('transaction_not_found', json_build_object(
            'transaction_id', get_transaction.transaction_id
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.get_transaction(bigint) IS
    'Every side of a transaction, the house''s included. Debits first; the amounts sum to zero in '
    'each currency.';
REVOKE ALL ON FUNCTION bank.get_transaction(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.get_transaction(bigint) TO bank_teller, bank_auditor;
