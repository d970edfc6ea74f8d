-- read_hold: a hold's row, without a lock.
--
--   Returns  the row
--   Errors   hold_not_found
--
-- A hold changes only under its account's lock: a writer reads it to learn which account that is,
-- locks it, and reads the hold again.
CREATE OR REPLACE FUNCTION engine.read_hold(hold_id text)
RETURNS ledger.holds
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_number bigint := engine.hold_number(read_hold.hold_id);
    v_hold ledger.holds;
BEGIN
    SELECT h.* INTO v_hold
    FROM ledger.holds AS h
    WHERE h.hold_number = v_number AND engine.is_own(h.account_id);
    IF NOT FOUND THEN
        PERFORM engine.refuse('hold_not_found', json_build_object('hold_id', read_hold.hold_id));
    END IF;
    RETURN v_hold;
END;
$function$;

COMMENT ON FUNCTION engine.read_hold(text) IS
    'Internal: a hold''s row without a lock; raises hold_not_found.';
REVOKE ALL ON FUNCTION engine.read_hold(text) FROM PUBLIC;
