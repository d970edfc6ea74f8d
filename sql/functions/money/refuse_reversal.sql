-- refuse_reversal: raise what forbids to reverse a transaction whose accounts are locked, if
-- anything does.
--
--   Errors   already_reversed, partly_refunded, balance_limit_exceeded (a credit of it is collected
--            and does not fit its account, so it cannot be folded in to be undone)
--
-- A refund that is itself reversed gave back nothing.
CREATE OR REPLACE FUNCTION engine.refuse_reversal(transaction_id bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_reversed_by bigint;
    v_left record;
BEGIN
    SELECT r.reversed_by INTO v_reversed_by
    FROM ledger.reversals AS r
    WHERE r.transaction_id = refuse_reversal.transaction_id;
    IF FOUND THEN
        PERFORM engine.refuse('already_reversed', json_build_object(
            'transaction_id', refuse_reversal.transaction_id, 'reversed_by', v_reversed_by
        ));
    END IF;
    IF EXISTS (
        SELECT FROM ledger.ledger_transactions AS t
        WHERE t.refers_to = refuse_reversal.transaction_id
            AND NOT EXISTS (
                SELECT FROM ledger.reversals AS r WHERE r.transaction_id = t.transaction_id
            )
    ) THEN
        PERFORM engine.refuse('partly_refunded', json_build_object(
            'transaction_id', refuse_reversal.transaction_id
        ));
    END IF;
    SELECT a.account_id, a.balance, a.pending_cashback, a.overdraft_limit, c.amount INTO v_left
    FROM ledger.collected_credits AS c
    INNER JOIN ledger.accounts AS a ON a.account_id = c.account_id
    WHERE c.transaction_id = refuse_reversal.transaction_id
    ORDER BY c.leg
    LIMIT 1;
    IF FOUND THEN
        PERFORM engine.refuse('balance_limit_exceeded', row_to_json(v_left));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_reversal(bigint) IS
    'Internal: raises already_reversed, partly_refunded or balance_limit_exceeded.';
REVOKE ALL ON FUNCTION engine.refuse_reversal(bigint) FROM PUBLIC;
