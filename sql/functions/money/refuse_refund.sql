-- refuse_refund: raise where postings give back more of a transaction than it moved.
--
--   Errors   transaction_not_found, not_reversible (a payment, of which bank.refund_payment keeps
--            count), refund_exceeds_transaction
--
-- Per path: what goes from s to t may not exceed what the transaction moved from t to s, less what
-- others that refer to it (refunds that are not reversed, or its reversal) have given back already.
-- A transaction of which no leg is the caller's own is not there for him, as for
-- bank.get_transaction.
-- Called under the locks of all accounts of the postings, one of which every refund along the same
-- path takes too.
CREATE OR REPLACE FUNCTION engine.refuse_refund(refers_to bigint, postings engine.posting[])
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_is_payment boolean;
    v_path record;
BEGIN
    SELECT bool_or(l.operation = 'pay') INTO v_is_payment
    FROM bank.legs AS l
    WHERE l.transaction_id = refuse_refund.refers_to AND l.account_id NOT LIKE '@%'
    HAVING bool_or(engine.is_own(l.account_id));
    IF v_is_payment IS NULL THEN
        PERFORM engine.refuse('transaction_not_found', json_build_object(
            'transaction_id', refuse_refund.refers_to
        ));
    ELSIF v_is_payment THEN
        PERFORM engine.refuse('not_reversible', json_build_object(
            'transaction_id', refuse_refund.refers_to, 'operation', 'pay'
        ));
    END IF;

    SELECT path.*, coalesce(moved.amount, 0) - coalesce(back.amount, 0) AS refundable
    INTO v_path
    FROM (
        SELECT p.source_account_id, p.target_account_id, sum(p.amount) AS required
        FROM unnest(postings) AS p
        GROUP BY p.source_account_id, p.target_account_id
    ) AS path
    LEFT JOIN LATERAL (
        SELECT sum(p.amount) AS amount
        FROM engine.postings AS p
        WHERE p.transaction_id = refuse_refund.refers_to
            AND p.source_account_id = path.target_account_id
            AND p.target_account_id = path.source_account_id
    ) AS moved ON true
    LEFT JOIN LATERAL (
        SELECT sum(p.amount) AS amount
        FROM engine.postings AS p
        WHERE p.refers_to = refuse_refund.refers_to
            AND p.source_account_id = path.source_account_id
            AND p.target_account_id = path.target_account_id
            AND NOT EXISTS (
                SELECT FROM ledger.reversals AS r WHERE r.transaction_id = p.transaction_id
            )
    ) AS back ON true
    WHERE path.required > coalesce(moved.amount, 0) - coalesce(back.amount, 0)
    LIMIT 1;
    IF FOUND THEN
        PERFORM engine.refuse('refund_exceeds_transaction', json_build_object(
            'transaction_id', refuse_refund.refers_to,
            'source_account_id', v_path.source_account_id,
            'target_account_id', v_path.target_account_id,
            'refundable', v_path.refundable, 'required', v_path.required
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_refund(bigint, engine.posting[]) IS
    'Internal: raises transaction_not_found, not_reversible or refund_exceeds_transaction.';
REVOKE ALL ON FUNCTION engine.refuse_refund(bigint, engine.posting[]) FROM PUBLIC;
