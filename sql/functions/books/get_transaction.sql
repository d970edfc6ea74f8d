-- get_transaction: every side of a transaction, the house's included.
--
--   Returns  its legs, debits first; their amounts sum to zero in each currency. Who posted it
--            (actor) is for operators and auditors
--   Errors   transaction_not_found
CREATE OR REPLACE FUNCTION bank.get_transaction(transaction_id bigint)
RETURNS SETOF bank.leg
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_sees_actors boolean := engine.sees_actors();
    v_leg bank.leg;
BEGIN
    FOR v_leg IN
        SELECT l.*
        FROM bank.legs AS l
        WHERE l.transaction_id = get_transaction.transaction_id
        ORDER BY l.amount, l.account_id, l.leg
    LOOP
        IF NOT v_sees_actors THEN
            v_leg.actor := NULL;
        END IF;
        RETURN NEXT v_leg;
    END LOOP;
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
