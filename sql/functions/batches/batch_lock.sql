-- batch_lock: take every account that a batch touches, and read what is decided by.
--
--   Returns  one array per column, the accounts in the same places of each; ids that nobody has are
--            left out. limits: their overdraft limits
--   Locks    every account, in byte order of account_id: FOR NO KEY UPDATE, by one statement; where
--            some are collecting and only credited, these FOR KEY SHARE in their turn
--
-- Of a collecting account the times are NULL, as in engine.lock_apart: a credit does not look at
-- them, and a debit is none that engine.batch_run would decide.
-- One plan for all calls, see engine.post_legs; with so many ids it must go by the index.
CREATE OR REPLACE FUNCTION engine.batch_lock(
    operations jsonb,
    OUT ids text[],
    OUT statuses text[],
    OUT currencies text[],
    OUT collecting boolean[],
    OUT monitored boolean[],
    OUT versions bigint[],
    OUT heads bytea[],
    OUT balances bigint[],
    OUT held bigint[],
    OUT pending bigint[],
    OUT limits bigint[],
    OUT times bigint[],
    OUT due bigint[]
)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $function$
DECLARE
    v_debited text[];
    v_credited text[];
    v_others bigint[];
    v_maybe text[];
    v_shared text[];
    v_held text[];
BEGIN
    SELECT
        array_agg(CASE o.operation
            WHEN 'transfer' THEN o.source_account_id
            WHEN 'deposit' THEN o.account_id
            WHEN 'withdraw' THEN o.account_id
            WHEN 'pay' THEN o.account_id
        END),
        array_agg(CASE o.operation
            WHEN 'transfer' THEN o.target_account_id
            WHEN 'pay' THEN o.merchant_account_id
        END),
        array_agg(o.item) FILTER (
            WHERE o.operation NOT IN ('deposit', 'withdraw', 'transfer', 'pay')
        )
    INTO v_debited, v_credited, v_others
    FROM ROWS FROM (
        jsonb_to_recordset(operations) AS (
            operation text, account_id text, source_account_id text, target_account_id text,
            merchant_account_id text
        )
    ) WITH ORDINALITY AS o (
        operation, account_id, source_account_id, target_account_id, merchant_account_id, item
    );
    IF v_others IS NOT NULL THEN
        SELECT
            v_debited || array_agg(a.account_id) FILTER (WHERE NOT a.credited),
            v_credited || array_agg(a.account_id) FILTER (WHERE a.credited)
        INTO v_debited, v_credited
        FROM unnest(v_others) AS o (item)
        CROSS JOIN LATERAL engine.batch_accounts(operations -> o.item::integer - 1) AS a;
    END IF;
    -- Each once: sorting them for the index is what costs.
    v_held := ARRAY(
        SELECT DISTINCT n.id
        FROM unnest(v_debited || v_credited) AS n (id)
        WHERE engine.is_own(n.id)
    );
    v_maybe := ARRAY(
        SELECT a.account_id::text
        FROM ledger.accounts AS a
        WHERE a.collecting AND a.account_id = ANY(v_credited) AND engine.is_own(a.account_id)
        EXCEPT
        SELECT d.id
        FROM unnest(v_debited) AS d (id)
    );
    IF cardinality(v_maybe) > 0 THEN
        SELECT l.held, l.shared INTO v_held, v_shared
        FROM engine.batch_lock_mixed(v_held, v_maybe) AS l;
    END IF;

    SELECT
        array_agg(l.account_id), array_agg(l.status), array_agg(l.currency),
        array_agg(l.collecting), array_agg(l.monitored), array_agg(l.version), array_agg(l.head),
        array_agg(l.balance), array_agg(l.held), array_agg(l.pending_cashback),
        array_agg(l.overdraft_limit), array_agg(l.last_timestamp), array_agg(l.next_due_at)
    INTO
        ids, statuses, currencies, collecting, monitored, versions, heads, balances, held, pending,
        limits, times, due
    FROM (
        SELECT
            h.account_id, h.status::text, h.currency, h.collecting, h.monitored, h.version, h.head,
            h.balance::bigint, h.held, h.pending_cashback, h.overdraft_limit::bigint,
            CASE WHEN NOT h.collecting THEN h.last_timestamp END AS last_timestamp,
            CASE WHEN NOT h.collecting THEN h.next_due_at END AS next_due_at
        FROM (
            SELECT a.*
            FROM ledger.accounts AS a
            WHERE a.account_id = ANY(v_held)
            ORDER BY a.account_id
            FOR NO KEY UPDATE
        ) AS h
        UNION ALL
        SELECT
            a.account_id, a.status, a.currency, a.collecting, a.monitored, a.version, a.head,
            a.balance, a.held, a.pending_cashback, a.overdraft_limit, NULL, NULL
        FROM ledger.accounts AS a
        WHERE a.account_id = ANY(v_shared)
    ) AS l;
END;
$function$;

COMMENT ON FUNCTION engine.batch_lock(jsonb) IS
    'Internal: locks the accounts of a batch in byte order and returns what is decided by.';
REVOKE ALL ON FUNCTION engine.batch_lock(jsonb) FROM PUBLIC;
