-- _read_hold: a hold's row, without a lock.
--
--   Returns  the row
--   Errors   hold_not_found
--
-- A hold changes only under its account's lock: a writer reads it to learn which account that is,
-- locks it, and reads the hold again.
CREATE OR REPLACE FUNCTION bank._read_hold(hold_id text)
RETURNS ledger.holds
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_number bigint := bank._hold_number(_read_hold.hold_id);
    v_hold ledger.holds;
BEGIN
    SELECT h.* INTO v_hold
    FROM ledger.holds AS h
    WHERE h.hold_number = v_number;
    IF NOT FOUND THEN
        PERFORM bank._refuse('hold_not_found', json_build_object('hold_id', _read_hold.hold_id));
    END IF;
    RETURN v_hold;
END;
$function$;

COMMENT ON FUNCTION bank._read_hold(text) IS
    'Internal: a hold''s row without a lock; raises hold_not_found.';
REVOKE ALL ON FUNCTION bank._read_hold(text) FROM PUBLIC;
