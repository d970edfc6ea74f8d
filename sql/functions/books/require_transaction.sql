-- require_transaction: refuse a transaction that there is not, or is of others' accounts alone.
--
--   Errors   transaction_not_found
CREATE OR REPLACE FUNCTION engine.require_transaction(transaction_id bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF NOT EXISTS (
        SELECT
        FROM bank.legs AS l
        WHERE l.transaction_id = require_transaction.transaction_id AND engine.is_own(l.account_id)
    ) THEN
        PERFORM engine.refuse('transaction_not_found', json_build_object(
            'transaction_id', require_transaction.transaction_id
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.require_transaction(bigint) IS
    'Internal: raises transaction_not_found where there is none, or none that the caller may see.';
REVOKE ALL ON FUNCTION engine.require_transaction(bigint) FROM PUBLIC;
