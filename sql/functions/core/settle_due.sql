-- settle_due: post what has fallen due on a locked account by a moment, oldest first.
--
--   Returns  the account row as it now stands
--   Writes   a cashback leg per cashback, with timestamp = due_at; a zero-amount leg per hold that
--            has expired, with timestamp = expires_at; ledger.cashbacks, ledger.holds
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
--
-- Neither is ever before the account's newest leg: whatever posted that leg has settled first. In
-- one millisecond cashbacks come before expiries; both only add to what is available, so that the
-- order shows nowhere but in the log. A cashback is the bank's own promise, so it is paid to a
-- frozen or blocked account too. With max_count it stops after that many legs of the operation
-- counted (any, if NULL).
CREATE OR REPLACE FUNCTION engine.settle_due(
    account ledger.accounts,
    "timestamp" bigint,
    max_count bigint DEFAULT NULL,
    counted text DEFAULT NULL
)
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_due record;
    v_hold ledger.holds;
    v_transaction_id bigint;
    v_count bigint := 0;
BEGIN
    FOR v_due IN
        SELECT
            due.*,
            lead(due."timestamp") OVER (
                PARTITION BY due.operation ORDER BY due."timestamp", due.number
            ) AS next
        FROM (
            SELECT
                c.due_at AS "timestamp",
                'cashback' AS operation,
                c.payment_number AS number,
                c.amount
            FROM ledger.cashbacks AS c
            WHERE c.account_id = account.account_id
                AND c.status = 'pending'
                AND c.due_at <= settle_due."timestamp"
            UNION ALL
            SELECT
                h.expires_at,
                'expire_hold',
                h.hold_number,
                h.amount - h.captured
            FROM ledger.holds AS h
            WHERE h.account_id = account.account_id
                AND h.status = 'open'
                AND h.expires_at <= settle_due."timestamp"
        ) AS due
        ORDER BY due."timestamp", due.operation, due.number
    LOOP
        v_transaction_id := nextval('ledger.transaction_seq');
        IF v_due.operation = 'cashback' THEN
            account.pending_cashback := account.pending_cashback - v_due.amount;

            UPDATE ledger.cashbacks AS c
            SET status = 'deposited', transaction_id = v_transaction_id
            WHERE c.account_id = account.account_id AND c.payment_number = v_due.number;

            -- The table is asked only after the last one: each look passes all that are done.
            account.next_cashback_due := coalesce(v_due.next, (
                SELECT min(c.due_at)
                FROM ledger.cashbacks AS c
                WHERE c.account_id = account.account_id AND c.status = 'pending'
            ));
            account := engine.post_leg(
                account, v_transaction_id, v_due."timestamp", 'cashback', v_due.amount,
                '@cashback', 'payment' || v_due.number
            );
        ELSE
            SELECT h.* INTO v_hold
            FROM ledger.holds AS h
            WHERE h.account_id = account.account_id AND h.hold_number = v_due.number;
            account := engine.end_hold(account, v_hold, 'expired', v_due."timestamp");
            account := engine.post_leg(
                account, v_transaction_id, v_due."timestamp", 'expire_hold', 0,
                details => engine.hold_details(v_hold, v_due.amount)
            );
        END IF;
        v_count := v_count + (v_due.operation = coalesce(counted, v_due.operation))::integer;
        EXIT WHEN v_count = max_count;
    END LOOP;
    RETURN account;
END;
$function$;

COMMENT ON FUNCTION engine.settle_due(ledger.accounts, bigint, bigint, text) IS
    'Internal: posts the cashbacks and expiries of a locked account that are due by a moment (ms).';
REVOKE ALL ON FUNCTION engine.settle_due(ledger.accounts, bigint, bigint, text) FROM PUBLIC;
