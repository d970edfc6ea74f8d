-- _settle_due: post what has fallen due on a locked account by a moment, oldest first.
--
--   Returns  the account row as it now stands
--   Writes   a cashback leg per cashback, each with timestamp = due_at; ledger.cashbacks
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
--
-- due_at is never before the account's newest leg: whatever posted that leg has settled first.
-- A cashback is the bank's own promise, so it is paid to a frozen or blocked account too.
CREATE OR REPLACE FUNCTION bank._settle_due(
    account ledger.accounts, "timestamp" bigint, max_count bigint DEFAULT NULL
)
RETURNS ledger.accounts
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_cashback ledger.cashbacks;
    v_transaction_id bigint;
BEGIN
    FOR v_cashback IN
        SELECT c.*
        FROM ledger.cashbacks AS c
        WHERE c.account_id = account.account_id
            AND c.status = 'pending'
            AND c.due_at <= _settle_due."timestamp"
        ORDER BY c.due_at, c.payment_number
        LIMIT max_count
    LOOP
        v_transaction_id := nextval('ledger.transaction_seq');
        account.pending_cashback := account.pending_cashback - v_cashback.amount;

        UPDATE ledger.cashbacks AS c
        SET status = 'deposited', transaction_id = v_transaction_id
        WHERE c.account_id = v_cashback.account_id
            AND c.payment_number = v_cashback.payment_number;

        account.next_cashback_due := (
            SELECT min(c.due_at)
            FROM ledger.cashbacks AS c
            WHERE c.account_id = account.account_id AND c.status = 'pending'
        );
        account := bank._post_leg(
            account, v_transaction_id, v_cashback.due_at, 'cashback', v_cashback.amount,
            '@cashback', 'payment' || v_cashback.payment_number
        );
    END LOOP;
    RETURN account;
END;
$function$;

COMMENT ON FUNCTION bank._settle_due(ledger.accounts, bigint, bigint) IS
    'Internal: posts the cashbacks of a locked account that are due by a moment (ms).';
REVOKE ALL ON FUNCTION bank._settle_due(ledger.accounts, bigint, bigint) FROM PUBLIC;
