-- settle_due: post what has fallen due on a locked account by a moment, oldest first.
--
--   Returns  how many legs that took
--   Writes   a leg per entry of engine.due, at most limit of them (NULL: all, 10000 at once), what
--            engine.watch adds; ledger.payments, ledger.holds, ledger.collected_credits
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
--
-- Each is a transaction of its own, with timestamp = the time at which it fell due, whoever posts
-- it and whenever: that is never before the account's newest leg, because whoever posted that leg
-- has settled first. Collected credits alone may come late (two payers may commit in another order
-- than they looked at the clock): they count from the newest leg then, and details.credited_at
-- tells. They keep the transaction_id that their payer drew; folded_in is an id drawn under the
-- lock, by which digests and events know when they came into the log.
--
-- A cashback is the bank's own promise, and a collected credit was accepted when it was made, so
-- both are posted to a frozen or blocked account too. Collected credits that would lead the balance
-- out of bounds stay collected until there is room.
CREATE OR REPLACE FUNCTION engine.settle_due(
    account_id text,
    "timestamp" bigint,
    "limit" bigint DEFAULT NULL,
    only_collected boolean DEFAULT false
)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    c_at_once CONSTANT bigint := 10000;  -- with the largest metadata 320 MB, of 1 GB that may be
    v_account ledger.accounts;
    v_drafts engine.draft[];
    v_count bigint;
    v_settled bigint := 0;
    v_legs bigint := 0;
BEGIN
    LOOP
        SELECT a.* INTO v_account
        FROM ledger.accounts AS a
        WHERE a.account_id = settle_due.account_id;
        SELECT array_agg(
            ROW(
                settle_due.account_id,
                coalesce(d.transaction_id, d.id),
                d.leg,
                greatest(d.due_at, v_account.last_timestamp),
                d.value_at, d.operation, d.amount, d.held, d.pending_cashback, NULL,
                d.contra_account_id, d.payment_ref, NULL,
                CASE WHEN d.turn = 3 THEN d.id END,
                d.actor, d.on_behalf_of, d.metadata, d.posting_metadata,
                CASE WHEN d.due_at < v_account.last_timestamp
                    THEN coalesce(d.details, '{}') || jsonb_build_object('credited_at', d.due_at)
                    ELSE d.details
                END, NULL
            )::engine.draft
            ORDER BY d.due_at, d.turn, d.number
        ) INTO v_drafts
        FROM (
            -- Ids are drawn in the order of the legs, so that they rise with the versions.
            SELECT
                fit.*,
                nextval('ledger.transaction_seq') AS id
            FROM (
                SELECT
                    oldest.*,
                    v_account.balance + v_account.pending_cashback + v_account.overdraft_limit
                    + sum(CASE WHEN oldest.turn = 3 THEN oldest.amount END) OVER (
                        ORDER BY oldest.due_at, oldest.turn, oldest.number ROWS UNBOUNDED PRECEDING
                    ) AS reserved
                FROM (
                    SELECT due.*
                    FROM engine.due AS due
                    WHERE due.account_id = settle_due.account_id
                        AND due.due_at <= settle_due."timestamp"
                        AND (due.turn = 3 OR NOT only_collected)
                    ORDER BY due.due_at, due.turn, due.number
                    LIMIT least(settle_due."limit" - v_settled, c_at_once)
                ) AS oldest
            ) AS fit
            WHERE fit.turn < 3 OR fit.reserved <= 9007199254740991
        ) AS d;
        EXIT WHEN v_drafts IS NULL;
        v_count := cardinality(v_drafts);

        UPDATE ledger.payments AS p
        SET cashback_status = 'deposited', cashback_transaction_id = d.transaction_id
        FROM unnest(v_drafts) AS d
        WHERE d.operation = 'cashback' AND p.payment_number = substr(d.payment_ref, 8)::bigint;
        UPDATE ledger.holds AS h
        SET status = 'expired', closed_at = d."timestamp"
        FROM unnest(v_drafts) AS d
        WHERE d.operation = 'expire_hold'
            AND h.hold_number = substr(d.details ->> 'hold_id', 5)::bigint;
        DELETE FROM ledger.collected_credits AS c
        USING unnest(v_drafts) AS d
        WHERE d.folded_in IS NOT NULL
            AND c.transaction_id = d.transaction_id
            AND c.leg = d.leg;

        IF v_account.monitored THEN
            v_drafts := engine.watch(v_drafts);
        END IF;
        PERFORM engine.post_legs(v_drafts);
        v_settled := v_settled + v_count;
        v_legs := v_legs + cardinality(v_drafts);
        EXIT WHEN v_count < c_at_once;
    END LOOP;
    IF v_settled = 0 THEN
        -- What next_due_at stood for may be gone: a hold released, a payment refunded.
        UPDATE ledger.accounts AS a
        SET next_due_at = (
            SELECT min(due.due_at) FROM engine.due AS due
            WHERE due.account_id = settle_due.account_id AND due.turn < 3
        )
        WHERE a.account_id = settle_due.account_id AND a.next_due_at <= settle_due."timestamp";
    END IF;
    RETURN v_legs;
END;
$function$;

COMMENT ON FUNCTION engine.settle_due(text, bigint, bigint, boolean) IS
    'Internal: posts what is due on a locked account by a moment (ms); counts the legs.';
REVOKE ALL ON FUNCTION engine.settle_due(text, bigint, bigint, boolean) FROM PUBLIC;
