-- post_leg: append one leg to a locked account. With its twin for batches, engine.batch_post, the
-- only writer of account rows and of legs.
--
--   Returns  the account row as it now stands
--   Writes   ledger.accounts (every column that may change, as given), ledger.ledger_transactions;
--            what engine.fire_monitors writes, where the account has monitors
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
--   Errors   balance_limit_exceeded
--
-- A caller that changes more than the balance (a hold, a status, a due time) sets those fields in
-- the row it passes; amount is signed, 0 for a leg that only tells of such a change.
CREATE OR REPLACE FUNCTION engine.post_leg(
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
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_leg ledger.ledger_transactions := engine.next_leg(
        account, transaction_id, post_leg."timestamp", operation, amount, contra_account_id,
        payment_ref, reverses, metadata, details
    );
BEGIN
    account := engine.with_leg(account, v_leg);

    UPDATE ledger.accounts AS a
    SET status = account.status,
        collecting = account.collecting,
        monitored = account.monitored,
        balance = account.balance,
        held = account.held,
        pending_cashback = account.pending_cashback,
        overdraft_limit = account.overdraft_limit,
        version = account.version,
        head = account.head,
        last_timestamp = account.last_timestamp,
        next_cashback_due = account.next_cashback_due,
        next_hold_expiry = account.next_hold_expiry,
        metadata = account.metadata
    WHERE a.account_id = account.account_id;

    INSERT INTO ledger.ledger_transactions VALUES (v_leg.*);
    IF account.monitored AND operation <> 'monitor' THEN
        account := engine.fire_monitors(account, transaction_id);
    END IF;
    RETURN account;
END;
$function$;

COMMENT ON FUNCTION engine.post_leg(
    ledger.accounts, bigint, bigint, text, bigint, text, text, bigint, jsonb, jsonb
) IS 'Internal: appends one leg to a locked account and updates the account''s row.';
REVOKE ALL ON FUNCTION engine.post_leg(
    ledger.accounts, bigint, bigint, text, bigint, text, text, bigint, jsonb, jsonb
) FROM PUBLIC;
