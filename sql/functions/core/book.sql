-- book: post one transaction of a locked account with another one, or with the house.
--
--   Returns  transaction_id, which the caller draws in the call itself: after the locks
--   Writes   a leg on the account, one on the other account (in place of it what engine.collect
--            writes, where that is collecting), and their rows of ledger.accounts; what
--            engine.fire_monitors writes, unless more legs of the transaction follow
--   Locks    nothing: engine.prepare has locked both
--
-- parties.account is its row before the leg, in which the caller has set what else the leg changes:
-- held, pending_cashback, next_due_at; its leg seals parties.key_hash. amount is what the account
-- gets: + credit, - debit, 0 for what only tells of such a change; the other one gets -amount,
-- unless other_amount says otherwise.
-- contra_account_id: the house account where it is the other side of both. value_at NULL: as
-- timestamp says. leg: the number of the first leg. details are the account's, and not to be seen
-- by the other one, which has other_details.
--
-- engine.post_legs writes the same for any number of legs at once, at a higher cost per call and a
-- lower one per leg; beside the two only engine.batch_write writes legs and balances. This one is
-- longer than it would have to be, because it is the path that every operation takes: one INSERT of
-- two rows and one UPDATE of two rows cost a fifth less than two of each.
CREATE OR REPLACE FUNCTION engine.book(
    parties engine.parties,
    transaction_id bigint,
    operation text,
    amount bigint,
    contra_account_id text DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    value_at bigint DEFAULT NULL,
    details jsonb DEFAULT NULL,
    payment_ref text DEFAULT NULL,
    refers_to bigint DEFAULT NULL,
    other_amount bigint DEFAULT NULL,
    leg integer DEFAULT 1,
    more boolean DEFAULT false,
    other_details jsonb DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_account ledger.accounts := parties.account;
    v_other ledger.accounts := parties.other;
    v_balance bigint := v_account.balance + amount;
    v_contra text := coalesce(contra_account_id, v_other.account_id);
    v_other_amount bigint;
    v_other_contra text;
    v_actor text := session_user;
    v_for text := engine.on_behalf_of();
    v_hash bytea := engine.seal(v_account.head, engine.leg_content(
        v_account.account_id, v_account.version + 1, transaction_id, leg, parties."timestamp",
        value_at, parties.recorded_at, operation, amount, v_balance, v_account.held,
        v_account.pending_cashback, v_account.overdraft_limit, v_contra, payment_ref, refers_to,
        NULL, v_actor, v_for, metadata, NULL, details, parties.key_hash
    ));
    v_other_hash bytea;
BEGIN
    IF v_other.account_id IS NULL OR v_other.collecting THEN
        INSERT INTO ledger.ledger_transactions (
            account_id, version, transaction_id, leg, "timestamp", value_at, recorded_at,
            operation, amount, balance_after, held_after, pending_cashback_after,
            overdraft_limit_after, contra_account_id, payment_ref, refers_to, actor,
            on_behalf_of, metadata, details, key_hash, hash_version, hash
        )
        VALUES (
            v_account.account_id, v_account.version + 1, book.transaction_id, book.leg,
            parties."timestamp", book.value_at, parties.recorded_at, book.operation, book.amount,
            v_balance, v_account.held, v_account.pending_cashback, v_account.overdraft_limit,
            v_contra, book.payment_ref, book.refers_to, v_actor, v_for, book.metadata,
            book.details, parties.key_hash, 1, v_hash
        );
        UPDATE ledger.accounts AS a
        SET balance = v_balance,
            held = v_account.held,
            pending_cashback = v_account.pending_cashback,
            version = v_account.version + 1,
            head = v_hash,
            last_timestamp = parties."timestamp",
            next_due_at = v_account.next_due_at
        WHERE a.account_id = v_account.account_id;
        IF v_other.collecting THEN
            PERFORM engine.collect(
                v_other.account_id, transaction_id, leg + 1, parties."timestamp", operation,
                coalesce(other_amount, -amount),
                coalesce(contra_account_id, v_account.account_id), metadata, value_at,
                payment_ref, other_details
            );
        END IF;
    ELSE
        v_other_amount := coalesce(other_amount, -amount);
        v_other_contra := coalesce(contra_account_id, v_account.account_id);
        v_other_hash := engine.seal(v_other.head, engine.leg_content(
            v_other.account_id, v_other.version + 1, transaction_id, leg + 1,
            parties."timestamp", value_at, parties.recorded_at, operation, v_other_amount,
            v_other.balance + v_other_amount, v_other.held, v_other.pending_cashback,
            v_other.overdraft_limit, v_other_contra, payment_ref, refers_to, NULL, v_actor,
            v_for, metadata, NULL, other_details, NULL
        ));
        INSERT INTO ledger.ledger_transactions (
            account_id, version, transaction_id, leg, "timestamp", value_at, recorded_at,
            operation, amount, balance_after, held_after, pending_cashback_after,
            overdraft_limit_after, contra_account_id, payment_ref, refers_to, actor,
            on_behalf_of, metadata, details, key_hash, hash_version, hash
        )
        VALUES (
            v_account.account_id, v_account.version + 1, book.transaction_id, book.leg,
            parties."timestamp", book.value_at, parties.recorded_at, book.operation, book.amount,
            v_balance, v_account.held, v_account.pending_cashback, v_account.overdraft_limit,
            v_contra, book.payment_ref, book.refers_to, v_actor, v_for, book.metadata,
            book.details, parties.key_hash, 1, v_hash
        ), (
            v_other.account_id, v_other.version + 1, book.transaction_id, book.leg + 1,
            parties."timestamp", book.value_at, parties.recorded_at, book.operation,
            v_other_amount, v_other.balance + v_other_amount, v_other.held,
            v_other.pending_cashback, v_other.overdraft_limit, v_other_contra, book.payment_ref,
            book.refers_to, v_actor, v_for, book.metadata, book.other_details,
            NULL, 1, v_other_hash
        );
        UPDATE ledger.accounts AS a
        SET balance = CASE a.account_id WHEN v_account.account_id
                THEN v_balance ELSE a.balance + v_other_amount
            END,
            held = CASE a.account_id WHEN v_account.account_id
                THEN v_account.held ELSE a.held
            END,
            pending_cashback = CASE a.account_id WHEN v_account.account_id
                THEN v_account.pending_cashback ELSE a.pending_cashback
            END,
            version = a.version + 1,
            head = CASE a.account_id WHEN v_account.account_id THEN v_hash ELSE v_other_hash END,
            last_timestamp = parties."timestamp",
            next_due_at = CASE a.account_id WHEN v_account.account_id
                THEN v_account.next_due_at ELSE a.next_due_at
            END
        WHERE a.account_id IN (v_account.account_id, v_other.account_id);
    END IF;
    IF NOT more AND v_account.monitored THEN
        PERFORM engine.fire_monitors(v_account.account_id, transaction_id, parties."timestamp");
    END IF;
    -- One that collects has got no leg, and is not locked.
    IF NOT more AND v_other.monitored AND NOT v_other.collecting THEN
        PERFORM engine.fire_monitors(v_other.account_id, transaction_id, parties."timestamp");
    END IF;
    RETURN transaction_id;
END;
$function$;

COMMENT ON FUNCTION engine.book(
    engine.parties, bigint, text, bigint, text, jsonb, bigint, jsonb, text, bigint, bigint,
    integer, boolean, jsonb
) IS 'Internal: posts one transaction of a locked account with another one, or with the house.';
REVOKE ALL ON FUNCTION engine.book(
    engine.parties, bigint, text, bigint, text, jsonb, bigint, jsonb, text, bigint, bigint,
    integer, boolean, jsonb
) FROM PUBLIC;
