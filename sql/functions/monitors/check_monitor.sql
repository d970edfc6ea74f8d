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
    IF (field IN ('balance', 'available', 'held')) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'field', 'value', left(field, 64)
        ));
    END IF;
    IF (comparison IN ('lt', 'lte', 'gt', 'gte', 'eq')) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'comparison', 'value', left(comparison, 64)
        ));
    END IF;
    IF (value BETWEEN -9007199254740991 AND 9007199254740991) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'value', 'value', value
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_monitor(text, text, bigint) IS
    'Internal: raises invalid_argument for a field, comparison or value that cannot be watched.';
REVOKE ALL ON FUNCTION engine.check_monitor(text, text, bigint) FROM PUBLIC;
