-- check_order: refuse an order of a list that is neither asc nor desc.
--
--   Errors   invalid_argument (order)
CREATE OR REPLACE FUNCTION engine.check_order("order" text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    PERFORM engine.check_one_of('order', "order", ARRAY['asc', 'desc']);
END;
$function$;

COMMENT ON FUNCTION engine.check_order(text) IS
    'Internal: raises invalid_argument for an order of a list other than asc and desc.';
REVOKE ALL ON FUNCTION engine.check_order(text) FROM PUBLIC;
