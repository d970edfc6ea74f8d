-- hold_details: what a leg that gives reserved money back says of the hold.
--
--   Returns  hold_id, and what became available again; minor units
CREATE OR REPLACE FUNCTION engine.hold_details(hold_number bigint, released bigint)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN jsonb_build_object('hold_id', 'hold' || hold_number, 'released', released);
END;
$function$;

COMMENT ON FUNCTION engine.hold_details(bigint, bigint) IS
    'Internal: details of a leg that captures or releases a hold.';
REVOKE ALL ON FUNCTION engine.hold_details(bigint, bigint) FROM PUBLIC;
