-- batch_state_refusal: what an item of a batch breaks in the present state of its accounts.
--
--   Returns  the refusal that the single function would raise first, or NULL
--
-- The order is that of bank.deposit, bank.withdraw, bank.transfer and bank.pay after the timestamp.
CREATE OR REPLACE FUNCTION engine.batch_state_refusal(
    item engine.batch_item, payer ledger.accounts, payee ledger.accounts
)
RETURNS engine.refusal
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_required bigint := item.amount + item.fee;
BEGIN
    -- No SET search_path: its caller has one, and every item of every batch passes here.
    IF payer.currency <> payee.currency THEN
        RETURN ROW('currency_mismatch'::text, json_build_object(
            'source_currency', payer.currency, 'target_currency', payee.currency
        ));
    END IF;
    IF payer.status <> 'active' THEN
        RETURN ROW('account_' || payer.status, json_build_object('account_id', payer.account_id));
    END IF;
    IF payer.balance - payer.held + payer.overdraft_limit < v_required THEN
        RETURN ROW('insufficient_funds'::text, json_build_object(
            'account_id', payer.account_id,
            'available', payer.balance - payer.held + payer.overdraft_limit,
            'required', v_required
        ));
    END IF;
    IF payee.status IN ('blocked', 'closed') THEN
        RETURN ROW('account_' || payee.status, json_build_object('account_id', payee.account_id));
    END IF;
    IF payee.balance + payee.pending_cashback + payee.overdraft_limit + item.amount
        > 9007199254740991
    THEN
        RETURN ROW('balance_limit_exceeded'::text, json_build_object(
            'account_id', payee.account_id,
            'balance', payee.balance,
            'pending_cashback', payee.pending_cashback,
            'overdraft_limit', payee.overdraft_limit,
            'amount', item.amount
        ));
    END IF;
    RETURN NULL;
END;
$function$;

COMMENT ON FUNCTION engine.batch_state_refusal(
    engine.batch_item, ledger.accounts, ledger.accounts
) IS 'Internal: what an item breaks in the present state of its accounts, or NULL.';
REVOKE ALL ON FUNCTION engine.batch_state_refusal(
    engine.batch_item, ledger.accounts, ledger.accounts
) FROM PUBLIC;
