-- checked_name: see that a name to be sealed is one, and no more.
--
--   Returns  the name
--   Errors   invalid_argument (pgteller.on_behalf_of)
CREATE OR REPLACE FUNCTION engine.checked_name(name text)
RETURNS text
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF length(name) > 255 OR name ~ '[[:cntrl:]]' THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'pgteller.on_behalf_of',
            'expected', 'at most 255 characters, and no control characters'
        ));
    END IF;
    RETURN name;
END;
$function$;

COMMENT ON FUNCTION engine.checked_name(text) IS
    'Internal: refuses a name that is too long to be sealed with every leg, or no name.';
REVOKE ALL ON FUNCTION engine.checked_name(text) FROM PUBLIC;
