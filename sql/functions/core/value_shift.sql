-- value_shift: by how much value dates move what an account had at a moment.
--
--   Returns  how many legs more count by value date than by timestamp at that moment, and by how
--            much they change the balance; both are negative where more wait for their value date
--
-- By value date a leg counts from coalesce(value_at, timestamp) on. So what is so by value date is
-- what is so by timestamp, and this: the few legs with a value date of their own that lie on
-- different sides of the moment. An index holds those legs, no others, and all that is asked of
-- them; collected credits, which are not in the log yet, have the time that they will be folded
-- with (see engine.settle_due).
--
-- One plan for all calls: planned anew for each account it takes ten times as long.
CREATE OR REPLACE FUNCTION engine.value_shift(account ledger.accounts, "timestamp" bigint)
RETURNS engine.shift
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    v_shift engine.shift;
BEGIN
    SELECT coalesce(sum(moved.legs), 0), coalesce(sum(moved.legs * moved.amount), 0)
    INTO v_shift
    FROM (
        SELECT 1 AS legs, t.amount
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = account.account_id
            AND t.value_at <= value_shift."timestamp"
            AND engine.counts_from(account.rewound, t.account_id, t.version, t."timestamp")
                > value_shift."timestamp"
            AND account.last_timestamp > value_shift."timestamp"
        UNION ALL
        SELECT -1, t.amount
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = account.account_id
            AND t.value_at > value_shift."timestamp"
            AND engine.counts_from(account.rewound, t.account_id, t.version, t."timestamp")
                <= value_shift."timestamp"
        UNION ALL
        SELECT CASE WHEN d.value_at <= value_shift."timestamp" THEN 1 ELSE -1 END, d.amount
        FROM engine.due AS d
        WHERE d.account_id = account.account_id
            AND (d.value_at <= value_shift."timestamp")
            <> (greatest(d.due_at, account.last_timestamp) <= value_shift."timestamp")
    ) AS moved;
    RETURN v_shift;
END;
$function$;

COMMENT ON FUNCTION engine.value_shift(ledger.accounts, bigint) IS
    'Internal: by how many legs and how much money an account by value date differs at a moment '
    '(ms) from the account by timestamp.';
REVOKE ALL ON FUNCTION engine.value_shift(ledger.accounts, bigint) FROM PUBLIC;
