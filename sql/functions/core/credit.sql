-- credit: put a credit on an account that engine.lock_credited has returned.
--
--   Returns  the account row as it now stands; unchanged for a collecting account
--   Writes   a leg, or a row of ledger.collected_credits for a collecting account
--   Locks    nothing
--   Errors   balance_limit_exceeded
CREATE OR REPLACE FUNCTION engine.credit(
    account ledger.accounts,
    transaction_id bigint,
    "timestamp" bigint,
    operation text,
    amount bigint,
    contra_account_id text,
    payment_ref text DEFAULT NULL,
    metadata jsonb DEFAULT NULL
)
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF NOT account.collecting THEN
        RETURN engine.post_leg(
            account, transaction_id, credit."timestamp", operation, amount, contra_account_id,
            payment_ref, NULL, metadata
        );
    END IF;
    IF account.balance + account.pending_cashback + account.overdraft_limit + amount
        > 9007199254740991
    THEN
        PERFORM engine.refuse_balance(account, amount);
    END IF;
    INSERT INTO ledger.collected_credits
    VALUES (
        account.account_id, credit.transaction_id, credit."timestamp", credit.operation,
        credit.amount, credit.contra_account_id, credit.payment_ref, credit.metadata
    );
    RETURN account;
END;
$function$;

COMMENT ON FUNCTION engine.credit(
    ledger.accounts, bigint, bigint, text, bigint, text, text, jsonb
) IS 'Internal: posts a credit, or collects it for a collecting account.';
REVOKE ALL ON FUNCTION engine.credit(
    ledger.accounts, bigint, bigint, text, bigint, text, text, jsonb
) FROM PUBLIC;
