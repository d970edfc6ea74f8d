-- open_hold: a hold that can still be captured or released, its account being locked and settled.
--
--   Returns  its row, as it is under the lock
--   Errors   hold_captured, hold_released, hold_expired
--
-- STABLE will do: PL/pgSQL calls it with a snapshot of its own, taken after the lock.
CREATE OR REPLACE FUNCTION engine.open_hold(hold_number bigint)
RETURNS ledger.holds
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_hold ledger.holds;
BEGIN
    SELECT h.* INTO v_hold
    FROM ledger.holds AS h
    WHERE h.hold_number = open_hold.hold_number;
    IF v_hold.status <> 'open' THEN
        PERFORM engine.refuse('hold_' || v_hold.status, json_build_object(
            'hold_id', 'hold' || v_hold.hold_number,
            'captured', v_hold.captured,
            'closed_at', v_hold.closed_at
        ));
    END IF;
    RETURN v_hold;
END;
$function$;

COMMENT ON FUNCTION engine.open_hold(bigint) IS
    'Internal: an open hold of a locked account; raises hold_captured, hold_released, '
    'hold_expired.';
REVOKE ALL ON FUNCTION engine.open_hold(bigint) FROM PUBLIC;
