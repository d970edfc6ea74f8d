-- check_limit: refuse a page size below 1; NULL means no limit.
--
--   Errors   invalid_argument
CREATE OR REPLACE FUNCTION engine.check_limit("limit" bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF "limit" < 1 THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'limit', 'value', "limit", 'expected', '1 or more'
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_limit(bigint) IS
    'Internal: raises invalid_argument for a limit below 1.';
REVOKE ALL ON FUNCTION engine.check_limit(bigint) FROM PUBLIC;
