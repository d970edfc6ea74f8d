-- balance_at: what an account held at a moment, as if everything due by then were posted.
--
--   Returns  the balance row; zeros before the account's opening
--
-- A cashback due by the moment counts while it is still unposted, a collected credit while it is
-- not folded, and a hold that has expired by then reserves nothing, so that the answer does not
-- depend on when somebody settles or folds them.
CREATE OR REPLACE FUNCTION engine.balance_at(account ledger.accounts, "timestamp" bigint)
RETURNS bank.balance
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_leg ledger.ledger_transactions;
    v_overdraft_limit bigint := account.overdraft_limit;
    v_due bigint := 0;
    v_expired bigint := 0;
    v_collected bigint := 0;
    v_balance bank.balance;
BEGIN
    IF account.last_timestamp <= balance_at."timestamp" THEN
        v_leg.balance_after := account.balance;
        v_leg.held_after := account.held;
        v_leg.pending_cashback_after := account.pending_cashback;
        IF account.next_cashback_due <= balance_at."timestamp" THEN
            v_due := (
                SELECT sum(c.amount)
                FROM ledger.cashbacks AS c
                WHERE c.account_id = account.account_id
                    AND c.status = 'pending'
                    AND c.due_at <= balance_at."timestamp"
            );
        END IF;
        IF account.next_hold_expiry <= balance_at."timestamp" THEN
            v_expired := (
                SELECT sum(h.amount - h.captured)
                FROM ledger.holds AS h
                WHERE h.account_id = account.account_id
                    AND h.status = 'open'
                    AND h.expires_at <= balance_at."timestamp"
            );
        END IF;
        IF account.collecting THEN
            v_collected := (
                SELECT coalesce(sum(c.amount), 0)
                FROM ledger.collected_credits AS c
                WHERE c.account_id = account.account_id
                    AND c."timestamp" <= balance_at."timestamp"
            );
        END IF;
    ELSE
        -- Whatever was due before the newest leg is posted, so the log alone has the answer.
        SELECT t.* INTO v_leg
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = account.account_id
            AND t.version = engine.version_at(account, balance_at."timestamp");
        v_overdraft_limit := (
            SELECT (t.details ->> 'overdraft_limit')::bigint
            FROM ledger.ledger_transactions AS t
            WHERE t.account_id = account.account_id
                AND t.version <= v_leg.version
                AND t.operation IN ('open', 'set_overdraft_limit')
            ORDER BY t.version DESC
            LIMIT 1
        );
    END IF;

    v_balance.account_id := account.account_id;
    v_balance.balance := coalesce(v_leg.balance_after, 0) + v_due + v_collected;
    v_balance.held := coalesce(v_leg.held_after, 0) - v_expired;
    v_balance.available := v_balance.balance - v_balance.held + coalesce(v_overdraft_limit, 0);
    v_balance.pending_cashback := coalesce(v_leg.pending_cashback_after, 0) - v_due;
    v_balance.currency := account.currency;
    v_balance."timestamp" := balance_at."timestamp";
    RETURN v_balance;
END;
$function$;

COMMENT ON FUNCTION engine.balance_at(ledger.accounts, bigint) IS
    'Internal: balance, available, held and pending cashback of an account at a moment (ms).';
REVOKE ALL ON FUNCTION engine.balance_at(ledger.accounts, bigint) FROM PUBLIC;
