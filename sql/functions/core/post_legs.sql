-- post_legs: append any number of legs to locked accounts.
--
--   Writes   a row of ledger.ledger_transactions per draft, in their order; each account's row of
--            ledger.accounts once, however many legs it gets
--   Locks    nothing: the caller holds the accounts FOR NO KEY UPDATE
--
-- The twin of engine.book for many legs: versions, balances and hashes run on within the
-- statement. A due time that has been passed is looked up anew; that of something new (due_at) is
-- taken where it comes first.
--
-- One plan for all calls: with an array as parameter PostgreSQL would plan every call anew, and
-- that costs more than a hundred legs. Nested loops suit any number of them.
CREATE OR REPLACE FUNCTION engine.post_legs(drafts engine.draft[])
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_for text := engine.on_behalf_of();
BEGIN
    WITH posted AS (
        INSERT INTO ledger.ledger_transactions (
            account_id, version, transaction_id, leg, "timestamp", value_at, recorded_at,
            operation, amount, balance_after, held_after, pending_cashback_after,
            overdraft_limit_after, contra_account_id, payment_ref, refers_to, folded_in, actor,
            on_behalf_of, metadata, posting_metadata, details, key_hash, hash_version, hash
        )
        SELECT
            l.account_id, l.version, l.transaction_id, l.leg, l."timestamp", l.value_at, v_now,
            l.operation, l.amount, l.balance_after, l.held_after, l.pending_cashback_after,
            l.overdraft_limit, l.contra_account_id, l.payment_ref, l.refers_to, l.folded_in,
            l.actor, l.on_behalf_of, l.metadata, l.posting_metadata, l.details, l.key_hash, 1,
            engine.chain(l.head, engine.leg_content(
                l.account_id, l.version, l.transaction_id, l.leg, l."timestamp", l.value_at, v_now,
                l.operation, l.amount, l.balance_after, l.held_after, l.pending_cashback_after,
                l.overdraft_limit, l.contra_account_id, l.payment_ref, l.refers_to, l.folded_in,
                l.actor, l.on_behalf_of, l.metadata, l.posting_metadata, l.details, l.key_hash
            )) OVER (PARTITION BY l.account_id ORDER BY l.version)
        FROM (
            SELECT
                d.account_id, d.transaction_id, d.leg, d."timestamp", d.value_at, d.operation,
                d.amount, d.contra_account_id, d.payment_ref, d.refers_to, d.folded_in,
                d.metadata, d.posting_metadata, d.details, d.key_hash,
                coalesce(d.actor, session_user) AS actor,
                CASE WHEN d.actor IS NULL THEN v_for ELSE d.on_behalf_of END AS on_behalf_of,
                a.head,
                a.overdraft_limit,
                a.version + row_number() OVER so_far AS version,
                a.balance + engine.total(d.amount) OVER so_far AS balance_after,
                a.held + engine.total(d.held) OVER so_far AS held_after,
                a.pending_cashback + engine.total(d.pending_cashback) OVER so_far
                    AS pending_cashback_after
            FROM unnest(drafts) WITH ORDINALITY AS d (
                account_id, transaction_id, leg, "timestamp", value_at, operation, amount, held,
                pending_cashback, due_at, contra_account_id, payment_ref, refers_to, folded_in,
                actor, on_behalf_of, metadata, posting_metadata, details, key_hash, number
            )
            INNER JOIN ledger.accounts AS a ON a.account_id = d.account_id
            WINDOW so_far AS (
                PARTITION BY d.account_id ORDER BY d.number ROWS UNBOUNDED PRECEDING
            )
        ) AS l
        RETURNING
            account_id, version, "timestamp", balance_after, held_after, pending_cashback_after,
            hash
    ), newest AS (
        SELECT DISTINCT ON (p.account_id) p.*
        FROM posted AS p
        ORDER BY p.account_id, p.version DESC
    )
    UPDATE ledger.accounts AS a
    SET balance = n.balance_after,
        held = n.held_after,
        pending_cashback = n.pending_cashback_after,
        version = n.version,
        head = n.hash,
        last_timestamp = n."timestamp",
        next_due_at = least(
            CASE WHEN a.next_due_at <= n."timestamp"
                THEN (
                    SELECT min(d.due_at)
                    FROM engine.due AS d
                    WHERE d.account_id = n.account_id AND d.turn < 3
                )
                ELSE a.next_due_at
            END,
            added.due_at
        )
    FROM newest AS n
    LEFT JOIN (
        SELECT d.account_id, min(d.due_at) AS due_at
        FROM unnest(drafts) AS d
        WHERE d.due_at IS NOT NULL
        GROUP BY d.account_id
    ) AS added ON added.account_id = n.account_id
    WHERE a.account_id = n.account_id;
END;
$function$;

COMMENT ON FUNCTION engine.post_legs(engine.draft[]) IS
    'Internal: appends legs to locked accounts and updates each account''s row once.';
REVOKE ALL ON FUNCTION engine.post_legs(engine.draft[]) FROM PUBLIC;
