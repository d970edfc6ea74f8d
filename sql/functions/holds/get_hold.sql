-- get_hold: one hold.
--
--   Returns  the hold, as of now
--   Errors   hold_not_found
CREATE OR REPLACE FUNCTION bank.get_hold(hold_id text)
RETURNS bank.hold_state
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_hold ledger.holds := engine.read_hold(get_hold.hold_id);
BEGIN
    RETURN engine.show_hold(v_hold, engine.read_account(v_hold.account_id));
END;
$function$;

COMMENT ON FUNCTION bank.get_hold(text) IS
    'One hold. As of now.';
REVOKE ALL ON FUNCTION bank.get_hold(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.get_hold(text) TO bank_teller, bank_auditor;
