-- check_monitor: refuse a condition that no monitor can watch.
--
--   Errors   invalid_argument (field, comparison, value)
CREATE OR REPLACE FUNCTION engine.check_monitor(field text, comparison text, value bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    PERFORM engine.check_one_of('field', field, ARRAY['balance', 'available', 'held']);
    PERFORM engine.check_one_of('comparison', comparison, ARRAY['lt', 'lte', 'gt', 'gte', 'eq']);
    IF (value BETWEEN -9007199254740991 AND 9007199254740991) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'value', 'value', value,
            'expected', '-9007199254740991 to 9007199254740991'
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_monitor(text, text, bigint) IS
    'Internal: raises invalid_argument for a field, comparison or value that cannot be watched.';
REVOKE ALL ON FUNCTION engine.check_monitor(text, text, bigint) FROM PUBLIC;
