-- check_reason: refuse a reason that says nothing.
--
--   Errors   invalid_argument (reason)
CREATE OR REPLACE FUNCTION engine.check_reason(reason text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF (char_length(btrim(reason)) >= 1 AND char_length(reason) <= 500) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'reason', 'length', char_length(reason),
            'expected', '1 to 500 characters, not all of them blank'
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_reason(text) IS
    'Internal: raises invalid_argument unless the reason has 1 to 500 characters, not all blank.';
REVOKE ALL ON FUNCTION engine.check_reason(text) FROM PUBLIC;
