-- check_legs: what forbids to post legs, one after the other, on locked accounts.
--
--   Returns  the first refusal by engine.check_debit or engine.check_credit, in the order of the
--            drafts, with its numbers; NULL where all may be posted
--
-- Later legs see earlier ones. With force a debit asks for neither funds nor an active account, but
-- nobody blocked or closed is touched, and no balance leaves 2^53-1.
CREATE OR REPLACE FUNCTION engine.check_legs(drafts engine.draft[], force boolean)
RETURNS engine.refusal
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    v_refusal engine.refusal;
BEGIN
    SELECT
        l.refusal,
        CASE
            WHEN l.refusal = 'balance_limit_exceeded' THEN json_build_object(
                'account_id', l.account_id, 'balance', l.balance,
                'pending_cashback', l.pending_cashback, 'overdraft_limit', l.overdraft_limit,
                'amount', l.amount
            )
            ELSE engine.debit_detail(l.refusal, l.account_id, l.available, -l.amount)
        END
    INTO v_refusal
    FROM (
        SELECT
            so_far.*,
            CASE
                WHEN so_far.amount < 0 AND NOT force
                    THEN engine.check_debit(so_far.status, so_far.available, -so_far.amount)
                WHEN so_far.amount < 0
                    THEN coalesce(
                        engine.check_credit(so_far.status, 0, 0),
                        CASE WHEN so_far.balance + so_far.amount < -9007199254740991
                            THEN 'balance_limit_exceeded'
                        END
                    )
                ELSE engine.check_credit(
                    so_far.status,
                    so_far.balance + so_far.pending_cashback + so_far.overdraft_limit,
                    so_far.amount
                )
            END AS refusal
        FROM (
            SELECT
                before.*,
                before.balance - before.held + before.overdraft_limit AS available
            FROM (
                SELECT
                    d.number,
                    d.account_id,
                    d.amount,
                    a.status,
                    a.overdraft_limit,
                    a.balance + engine.total(d.amount) OVER so_far - d.amount AS balance,
                    a.held + engine.total(d.held) OVER so_far - d.held AS held,
                    a.pending_cashback + engine.total(d.pending_cashback) OVER so_far
                    - d.pending_cashback AS pending_cashback
                FROM unnest(drafts) WITH ORDINALITY AS d (
                    account_id, transaction_id, leg, "timestamp", value_at, operation, amount,
                    held, pending_cashback, due_at, contra_account_id, payment_ref, refers_to,
                    folded_in, actor, on_behalf_of, metadata, posting_metadata, details, key_hash,
                    number
                )
                INNER JOIN ledger.accounts AS a ON a.account_id = d.account_id
                WINDOW so_far AS (
                    PARTITION BY d.account_id ORDER BY d.number ROWS UNBOUNDED PRECEDING
                )
            ) AS before
        ) AS so_far
    ) AS l
    WHERE l.refusal IS NOT NULL
    ORDER BY l.number
    LIMIT 1;
    RETURN v_refusal;
END;
$function$;

COMMENT ON FUNCTION engine.check_legs(engine.draft[], boolean) IS
    'Internal: the first thing that forbids to post legs in their order, or NULL.';
REVOKE ALL ON FUNCTION engine.check_legs(engine.draft[], boolean) FROM PUBLIC;
