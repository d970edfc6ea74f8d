-- batch_write: write what engine.batch_run has decided in memory.
--
--   Writes   ledger.ledger_transactions, ledger.accounts, ledger.collected_credits,
--            ledger.payments, ledger.idempotency_keys: of everything that was decided up to a
--            transaction, and nothing after it
--   Locks    nothing: the caller holds all the accounts
--
-- ids, held, limits (of overdraft) and versions are by place; versions are those of the newest
-- legs, which say what to write to the accounts, once each.
--
-- A third writer of legs beside engine.book and engine.post_legs: these are numbered and sealed
-- while they are decided, and doing it again here would cost a tenth of a batch.
--
-- One plan for all calls, see engine.post_legs.
CREATE OR REPLACE FUNCTION engine.batch_write(
    ids text[],
    held bigint[],
    limits bigint[],
    versions bigint[],
    legs engine.batch_leg[],
    collected engine.batch_leg[],
    payments engine.batch_payment[],
    keys engine.batch_key[],
    up_to bigint,
    recorded_at bigint
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_seqscan = off
AS $function$
DECLARE
    v_actor text := session_user;
    v_for text := engine.on_behalf_of();
BEGIN
    IF cardinality(legs) = 0 THEN
        RETURN;  -- whatever there is has a leg
    END IF;
    INSERT INTO ledger.ledger_transactions (
        account_id, version, transaction_id, leg, "timestamp", value_at, recorded_at, operation,
        amount, balance_after, held_after, pending_cashback_after, overdraft_limit_after,
        contra_account_id, payment_ref, actor, on_behalf_of, metadata, details, key_hash,
        hash_version, hash
    )
    SELECT
        ids[l.place], l.version, l.transaction_id, l.leg, l."timestamp", l.value_at,
        batch_write.recorded_at, l.operation, l.amount, l.balance_after, batch_write.held[l.place],
        l.pending_cashback_after, limits[l.place], l.contra_account_id, l.payment_ref, v_actor,
        v_for, l.metadata, l.details, l.key_hash, 1, l.hash
    FROM unnest(legs) AS l
    WHERE l.transaction_id <= up_to;
    UPDATE ledger.accounts AS a
    SET balance = l.balance_after,
        held = batch_write.held[l.place],
        pending_cashback = l.pending_cashback_after,
        version = l.version,
        head = l.hash,
        last_timestamp = l."timestamp",
        next_due_at = l.next_due_at
    FROM unnest(legs) AS l
    WHERE l.version = versions[l.place] AND a.account_id = ids[l.place];
    IF cardinality(collected) > 0 THEN
        INSERT INTO ledger.collected_credits (
            account_id, transaction_id, leg, "timestamp", value_at, operation, amount,
            contra_account_id, payment_ref, actor, on_behalf_of, metadata
        )
        SELECT
            ids[c.place], c.transaction_id, c.leg, c."timestamp", c.value_at, c.operation,
            c.amount, c.contra_account_id, c.payment_ref, v_actor, v_for, c.metadata
        FROM unnest(collected) AS c
        WHERE c.transaction_id <= up_to;
    END IF;
    IF cardinality(payments) > 0 THEN
        INSERT INTO ledger.payments (
            payment_number, account_id, transaction_id, "timestamp", amount, fee,
            merchant_account_id, rate_bps, max_amount, promised, cashback, cashback_due_at,
            cashback_status
        )
        SELECT
            p.payment_number, p.account_id, p.transaction_id, p."timestamp", p.amount, p.fee,
            p.merchant_account_id,
            CASE WHEN p.cashback > 0 THEN p.rate_bps END,
            CASE WHEN p.cashback > 0 THEN p.max_amount END,
            coalesce(p.cashback, 0), coalesce(p.cashback, 0),
            CASE WHEN p.cashback > 0 THEN p.due_at END, CASE WHEN p.cashback > 0 THEN 'pending' END
        FROM unnest(payments) AS p
        WHERE p.transaction_id <= up_to;
    END IF;
    IF cardinality(keys) > 0 THEN
        -- ON CONFLICT: see engine.remember.
        INSERT INTO ledger.idempotency_keys (
            owner, idempotency_key, operation, request_hash, response, created_at
        )
        SELECT
            k.owner, k.idempotency_key, k.operation, k.request_hash, k.response,
            batch_write.recorded_at
        FROM unnest(keys) AS k
        WHERE k.transaction_id <= up_to
        ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.batch_write(
    text[], bigint[], bigint[], bigint[], engine.batch_leg[], engine.batch_leg[],
    engine.batch_payment[], engine.batch_key[], bigint, bigint
) IS 'Internal: writes what a batch has decided in memory, up to a transaction.';
REVOKE ALL ON FUNCTION engine.batch_write(
    text[], bigint[], bigint[], bigint[], engine.batch_leg[], engine.batch_leg[],
    engine.batch_payment[], engine.batch_key[], bigint, bigint
) FROM PUBLIC;
