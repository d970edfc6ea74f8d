-- watch: evaluate the monitors of accounts over legs that are about to be posted.
--
--   Returns  the drafts, and after the last leg of a transaction on an account a zero-amount leg
--            `monitor` for each monitor whose condition it makes true
--   Writes   ledger.monitors
--   Locks    nothing: the caller holds the accounts FOR NO KEY UPDATE
--
-- Once per transaction and account: what a balance was between two legs of one transaction never
-- was. After a credit that was collected the leg goes by the id of its folding: the transaction of
-- the payer is over, and who else has legs of it is not known here.
--
-- One plan for all calls, as in engine.post_legs: planned anew it took two thirds of a posting on
-- an account with a monitor.
CREATE OR REPLACE FUNCTION engine.watch(drafts engine.draft[])
RETURNS engine.draft[]
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $function$
DECLARE
    v_watched engine.draft[];
BEGIN
    WITH leg AS (
        SELECT
            d.*,
            coalesce(d.folded_in, d.transaction_id) AS fired_in,
            CASE WHEN d.folded_in IS NULL
                THEN max(d.leg) OVER (PARTITION BY d.transaction_id) ELSE 0
            END AS last_leg,
            row_number() OVER (
                PARTITION BY d.account_id, d.transaction_id ORDER BY d.number DESC
            ) AS from_end,
            a.balance + engine.total(d.amount) OVER so_far AS balance,
            a.held + engine.total(d.held) OVER so_far AS held_so_far,
            a.overdraft_limit
        FROM unnest(drafts) WITH ORDINALITY AS d (
            account_id, transaction_id, leg, "timestamp", value_at, operation, amount, held,
            pending_cashback, due_at, contra_account_id, payment_ref, refers_to, folded_in,
            actor, on_behalf_of, metadata, posting_metadata, details, key_hash, number
        )
        INNER JOIN ledger.accounts AS a ON a.account_id = d.account_id
        WINDOW so_far AS (PARTITION BY d.account_id ORDER BY d.number ROWS UNBOUNDED PRECEDING)
    ), looked AS (
        SELECT
            leg.account_id, leg.fired_in, leg."timestamp", leg.last_leg, leg.number,
            m.monitor_number, m.field, m.comparison, m.value, m.triggered,
            engine.monitored_value(
                m.field, leg.balance, leg.held_so_far, leg.overdraft_limit
            ) AS actual
        FROM leg
        INNER JOIN ledger.monitors AS m ON m.account_id = leg.account_id AND m.active
        WHERE leg.from_end = 1
    ), met AS (
        SELECT
            looked.*,
            engine.is_met(looked.actual, looked.comparison, looked.value) AS is_met
        FROM looked
    ), changed AS (
        SELECT
            met.*,
            lag(met.is_met, 1, met.triggered) OVER in_turn AS was_met,
            row_number() OVER (PARTITION BY met.monitor_number ORDER BY met.number DESC) = 1
                AS newest
        FROM met
        WINDOW in_turn AS (PARTITION BY met.monitor_number ORDER BY met.number)
    ), noted AS (
        UPDATE ledger.monitors AS m
        SET triggered = c.is_met
        FROM changed AS c
        WHERE m.monitor_number = c.monitor_number AND c.newest AND m.triggered <> c.is_met
    ), fired AS (
        SELECT
            c.*,
            row_number() OVER (
                PARTITION BY c.fired_in ORDER BY c.number, c.monitor_number
            ) AS nth
        FROM changed AS c
        WHERE c.is_met AND NOT c.was_met
    )

    SELECT array_agg(both_kinds.draft ORDER BY both_kinds.number, both_kinds.monitor_number)
    INTO v_watched
    FROM (
        SELECT d.draft, d.number, 0 AS monitor_number
        FROM (
            SELECT d AS draft, row_number() OVER () AS number FROM unnest(drafts) AS d
        ) AS d
        UNION ALL
        SELECT
            ROW(
                f.account_id, f.fired_in, f.last_leg + f.nth, f."timestamp", NULL,
                'monitor', 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                engine.monitor_details(f.monitor_number, f.field, f.comparison, f.value)
                || jsonb_build_object('actual', f.actual), NULL
            )::engine.draft,
            f.number,
            f.monitor_number
        FROM fired AS f
    ) AS both_kinds;
    RETURN v_watched;
END;
$function$;

COMMENT ON FUNCTION engine.watch(engine.draft[]) IS
    'Internal: legs about to be posted, with those of the monitors that they fire.';
REVOKE ALL ON FUNCTION engine.watch(engine.draft[]) FROM PUBLIC;
