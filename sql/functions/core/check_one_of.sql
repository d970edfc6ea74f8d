-- check_one_of: refuse a value that is not in a list; NULL is refused too.
--
--   Errors   invalid_argument, which lists what would do
--
-- For filters as well: an unknown name must not pass for one that nothing answers to.
CREATE OR REPLACE FUNCTION engine.check_one_of(argument text, value text, allowed text[])
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF (value = ANY(allowed)) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', argument, 'value', left(value, 64),
            'expected', 'one of ' || array_to_string(allowed, ', ')
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_one_of(text, text, text[]) IS
    'Internal: raises invalid_argument for a value that is not in the list.';
REVOKE ALL ON FUNCTION engine.check_one_of(text, text, text[]) FROM PUBLIC;
