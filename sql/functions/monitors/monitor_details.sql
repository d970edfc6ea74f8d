-- monitor_details: what the legs of a monitor say of it.
--
--   Returns  {monitor_id, field, comparison, value}
CREATE OR REPLACE FUNCTION engine.monitor_details(
    monitor_number bigint, field text, comparison text, value bigint
)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN jsonb_build_object(
        'monitor_id', 'monitor' || monitor_number, 'field', field, 'comparison', comparison,
        'value', value
    );
END;
$function$;

COMMENT ON FUNCTION engine.monitor_details(bigint, text, text, bigint) IS
    'Internal: monitor_id, field, comparison and value, for the details of a leg.';
REVOKE ALL ON FUNCTION engine.monitor_details(bigint, text, text, bigint) FROM PUBLIC;
