-- balance_at: what an account held at a moment, as if everything due by then were posted.
--
--   Returns  the balance row; zeros before the account's opening
--
-- A cashback due by the moment counts while it is still unposted, a collected credit while it is
-- not folded, and a hold that has expired by then reserves nothing, so that the answer does not
-- depend on when somebody settles or folds them.
--
-- by value_at, each leg counts from its value date on, for the balance and so for what is
-- available; what is held or pending is so by timestamp alone. shift: what engine.value_shift says
-- of the moment, where the caller knows that.
CREATE OR REPLACE FUNCTION engine.balance_at(
    account ledger.accounts,
    "timestamp" bigint,
    by text DEFAULT 'timestamp',
    shift numeric DEFAULT NULL
)
RETURNS bank.balance
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_leg ledger.ledger_transactions;
    v_due record;
    v_more numeric;
    v_balance bank.balance;
BEGIN
    IF account.last_timestamp <= balance_at."timestamp" THEN
        v_leg.balance_after := account.balance;
        v_leg.held_after := account.held;
        v_leg.pending_cashback_after := account.pending_cashback;
        v_leg.overdraft_limit_after := account.overdraft_limit;
        IF account.next_due_at <= balance_at."timestamp" OR account.collecting THEN
            SELECT
                coalesce(sum(d.amount), 0) AS amount,
                coalesce(sum(d.held), 0) AS held,
                coalesce(sum(d.pending_cashback), 0) AS pending_cashback
            INTO v_due
            FROM engine.due AS d
            WHERE d.account_id = account.account_id AND d.due_at <= balance_at."timestamp";
            v_more := v_due.amount;
            v_leg.held_after := v_leg.held_after + v_due.held;
            v_leg.pending_cashback_after := v_leg.pending_cashback_after + v_due.pending_cashback;
        END IF;
    ELSE
        -- Whatever was due before the newest leg is posted, so the log alone has the answer.
        SELECT t.* INTO v_leg
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = account.account_id
            AND t.version = engine.version_at(account, balance_at."timestamp");
    END IF;

    v_balance.account_id := account.account_id;
    v_balance.balance := coalesce(v_leg.balance_after, 0);
    IF by = 'value_at' THEN
        v_more := coalesce(v_more, 0)
            + coalesce(shift, (engine.value_shift(account, balance_at."timestamp")).amount);
    END IF;
    IF v_more IS NOT NULL THEN
        -- More than fits stays collected: what is folded never leaves the bounds.
        v_balance.balance := least(v_balance.balance + v_more, 9007199254740991);
    END IF;
    v_balance.held := coalesce(v_leg.held_after, 0);
    v_balance.available := v_balance.balance - v_balance.held
        + coalesce(v_leg.overdraft_limit_after, 0);
    v_balance.pending_cashback := coalesce(v_leg.pending_cashback_after, 0);
    v_balance.currency := account.currency;
    v_balance."timestamp" := balance_at."timestamp";
    RETURN v_balance;
END;
$function$;

COMMENT ON FUNCTION engine.balance_at(ledger.accounts, bigint, text, numeric) IS
    'Internal: balance, available, held and pending cashback of an account at a moment (ms), by '
    'timestamp or by value_at.';
REVOKE ALL ON FUNCTION engine.balance_at(ledger.accounts, bigint, text, numeric) FROM PUBLIC;
