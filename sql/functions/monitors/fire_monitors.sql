-- fire_monitors: evaluate the monitors of an account after a transaction on it.
--
--   Writes   a zero-amount leg `monitor`, in that transaction, per monitor whose condition has
--            become true; ledger.monitors
--   Locks    nothing: the caller holds the account FOR NO KEY UPDATE
CREATE OR REPLACE FUNCTION engine.fire_monitors(
    account_id text, transaction_id bigint, "timestamp" bigint
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    -- A draft that changes nothing stands for the leg that is posted already.
    v_drafts engine.draft[] := engine.watch(ARRAY[ROW(
        account_id, transaction_id,
        greatest(
            (
                SELECT max(t.leg)
                FROM ledger.ledger_transactions AS t
                WHERE t.transaction_id = fire_monitors.transaction_id
            ),
            (
                SELECT max(c.leg)
                FROM ledger.collected_credits AS c
                WHERE c.transaction_id = fire_monitors.transaction_id
            )
        ),
        fire_monitors."timestamp", NULL, 'monitor', 0, 0, 0, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    )::engine.draft]);
BEGIN
    IF cardinality(v_drafts) > 1 THEN
        PERFORM engine.post_legs(v_drafts[2:]);
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.fire_monitors(text, bigint, bigint) IS
    'Internal: posts a leg per monitor of a locked account whose condition has become true.';
REVOKE ALL ON FUNCTION engine.fire_monitors(text, bigint, bigint) FROM PUBLIC;
