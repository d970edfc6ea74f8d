-- hold_details: what a leg that gives reserved money back says of the hold.
--
--   Returns  hold_id, and what became available again; minor units
--
-- The same for legs posted and for expiries that nobody has posted yet.
CREATE OR REPLACE FUNCTION engine.hold_details(hold ledger.holds, released bigint)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN jsonb_build_object('hold_id', 'hold' || hold.hold_number, 'released', released);
END;
$function$;

COMMENT ON FUNCTION engine.hold_details(ledger.holds, bigint) IS
    'Internal: details of a leg that releases or expires a hold.';
REVOKE ALL ON FUNCTION engine.hold_details(ledger.holds, bigint) FROM PUBLIC;
