-- fold_credits: move what a locked collecting account has collected into its log.
--
--   Returns  the account row as it now stands
--   Writes   a leg per credit, in the order of (timestamp, transaction_id); removes the credits
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
--
-- A credit keeps its timestamp unless the account's newest leg is later already (two payers may
-- commit in another order than they looked at the clock); then details says when it was credited.
-- It also keeps its transaction_id, which others have overtaken; folded_in is an id drawn under the
-- lock, by which engine.sealed tells what was in the log when a digest was taken.
-- Credits that would lead the balance out of bounds stay collected until there is room.
CREATE OR REPLACE FUNCTION engine.fold_credits(
    account ledger.accounts, max_count bigint DEFAULT NULL
)
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_credit ledger.collected_credits;
    v_timestamp bigint;
    v_folded_in bigint;
BEGIN
    FOR v_credit IN
        SELECT c.*
        FROM ledger.collected_credits AS c
        WHERE c.account_id = account.account_id
        ORDER BY c."timestamp", c.transaction_id
        LIMIT max_count
    LOOP
        IF least(account.next_cashback_due, account.next_hold_expiry) <= v_credit."timestamp" THEN
            account := engine.settle_due(account, v_credit."timestamp");
        END IF;
        EXIT WHEN account.balance + account.pending_cashback + account.overdraft_limit
            + v_credit.amount > 9007199254740991;
        v_folded_in := coalesce(v_folded_in, nextval('ledger.transaction_seq'));
        v_timestamp := greatest(v_credit."timestamp", account.last_timestamp);
        account := engine.post_leg(
            account, v_credit.transaction_id, v_timestamp, v_credit.operation, v_credit.amount,
            v_credit.contra_account_id, v_credit.payment_ref, NULL, v_credit.metadata,
            jsonb_build_object('folded_in', v_folded_in)
            || CASE WHEN v_timestamp > v_credit."timestamp"
                THEN jsonb_build_object('credited_at', v_credit."timestamp")
                ELSE '{}'
            END
        );
        DELETE FROM ledger.collected_credits AS c
        WHERE c.account_id = v_credit.account_id AND c.transaction_id = v_credit.transaction_id;
    END LOOP;
    RETURN account;
END;
$function$;

COMMENT ON FUNCTION engine.fold_credits(ledger.accounts, bigint) IS
    'Internal: posts the collected credits of a locked account, oldest first.';
REVOKE ALL ON FUNCTION engine.fold_credits(ledger.accounts, bigint) FROM PUBLIC;
