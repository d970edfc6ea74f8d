-- check_secret: refuse a secret that is none; NULL means that one is made.
--
--   Errors   invalid_argument (secret), which does not repeat it
CREATE OR REPLACE FUNCTION engine.check_secret(secret text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF secret !~ '^[!-~]{16,255}$' THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'secret', 'length', char_length(secret),
            'expected', '16 to 255 visible ASCII characters'
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_secret(text) IS
    'Internal: raises invalid_argument for a secret that is none.';
REVOKE ALL ON FUNCTION engine.check_secret(text) FROM PUBLIC;
