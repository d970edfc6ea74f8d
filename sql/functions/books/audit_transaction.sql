-- audit_transaction: who posted a transaction, and between which hashes its entries stand.
--
--   Returns  the entries of customers' accounts, in the order of posting
--   Errors   transaction_not_found
--
-- Apart from get_transaction, since tellers may call that: the holder of one account need not learn
-- who works for another.
CREATE OR REPLACE FUNCTION bank.audit_transaction(transaction_id bigint)
RETURNS SETOF bank.audited_leg
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT
        l.leg, l.account_id, l.operation, l.recorded_at, l.actor, l.version,
        encode(before.hash, 'hex'), l.hash
    FROM bank.legs AS l
    LEFT JOIN ledger.ledger_transactions AS before
        ON l.account_id = before.account_id AND before.version = l.version - 1
    WHERE l.transaction_id = audit_transaction.transaction_id
        AND (l.account_id NOT LIKE '@%' OR l.contra_account_id IS NULL)
        AND engine.is_own(l.account_id)
    ORDER BY l.leg;
    IF NOT FOUND THEN
        PERFORM engine.refuse('transaction_not_found', json_build_object(
            'transaction_id', audit_transaction.transaction_id
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.audit_transaction(bigint) IS
    'Who posted a transaction, and between which hashes its entries stand. Those of customers'' '
    'accounts, and of @ledger: the house''s sides follow from them. Each is sealed by its hash, '
    'over what it says and the hash before it.';
REVOKE ALL ON FUNCTION bank.audit_transaction(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.audit_transaction(bigint) TO bank_operator, bank_auditor;
