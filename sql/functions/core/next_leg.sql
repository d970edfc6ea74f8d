-- next_leg: the leg that comes next on an account, sealed to its chain but not written.
--
--   Returns  the row for ledger.ledger_transactions
--   Errors   balance_limit_exceeded
CREATE OR REPLACE FUNCTION engine.next_leg(
    account ledger.accounts,
    transaction_id bigint,
    "timestamp" bigint,
    operation text,
    amount bigint,
    contra_account_id text DEFAULT NULL,
    payment_ref text DEFAULT NULL,
    reverses bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    details jsonb DEFAULT NULL
)
RETURNS ledger.ledger_transactions
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_leg ledger.ledger_transactions;
    v_balance bigint := account.balance + amount;
BEGIN
    -- Room for what is promised too: a cashback that falls due always fits, and so does what is
    -- available in a JSON number.
    IF v_balance + account.pending_cashback + account.overdraft_limit > 9007199254740991
        OR v_balance < -9007199254740991
    THEN
        PERFORM engine.refuse_balance(account, amount);
    END IF;

    v_leg.account_id := account.account_id;
    v_leg.version := account.version + 1;
    v_leg.transaction_id := next_leg.transaction_id;
    v_leg."timestamp" := next_leg."timestamp";
    v_leg.recorded_at := engine.now();
    v_leg.operation := next_leg.operation;
    v_leg.amount := next_leg.amount;
    v_leg.balance_after := v_balance;
    v_leg.held_after := account.held;
    v_leg.pending_cashback_after := account.pending_cashback;
    v_leg.contra_account_id := next_leg.contra_account_id;
    v_leg.payment_ref := next_leg.payment_ref;
    v_leg.reverses := next_leg.reverses;
    v_leg.metadata := next_leg.metadata;
    v_leg.details := next_leg.details;
    v_leg.hash := engine.leg_hash(account.head, v_leg);
    RETURN v_leg;
END;
$function$;

COMMENT ON FUNCTION engine.next_leg(
    ledger.accounts, bigint, bigint, text, bigint, text, text, bigint, jsonb, jsonb
) IS 'Internal: the next leg of an account, hashed onto its chain; raises balance_limit_exceeded.';
REVOKE ALL ON FUNCTION engine.next_leg(
    ledger.accounts, bigint, bigint, text, bigint, text, text, bigint, jsonb, jsonb
) FROM PUBLIC;
