-- transactions_of: the transactions that an account has a side of.
--
--   Returns  their ids, those of collected credits too, of an operation if one is given; NULL where
--            no account is asked about
CREATE OR REPLACE FUNCTION engine.transactions_of(account_id text, operation text DEFAULT NULL)
RETURNS bigint[]
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF account_id IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(
        SELECT t.transaction_id
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = transactions_of.account_id
            AND (transactions_of.operation IS NULL OR t.operation = transactions_of.operation)
        UNION
        SELECT c.transaction_id
        FROM ledger.collected_credits AS c
        WHERE c.account_id = transactions_of.account_id
            AND (transactions_of.operation IS NULL OR c.operation = transactions_of.operation)
    );
END;
$function$;

COMMENT ON FUNCTION engine.transactions_of(text, text) IS
    'Internal: the transactions that an account has a side of.';
REVOKE ALL ON FUNCTION engine.transactions_of(text, text) FROM PUBLIC;
