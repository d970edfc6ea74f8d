-- check_run_limit: refuse a size of a worker's run outside 1 to 100000; NULL is refused too.
--
--   Errors   invalid_argument
CREATE OR REPLACE FUNCTION engine.check_run_limit("limit" bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF ("limit" BETWEEN 1 AND 100000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'limit', 'value', "limit",
            'expected', '1 to 100000'
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_run_limit(bigint) IS
    'Internal: raises invalid_argument for a limit of a worker''s run outside 1 to 100000.';
REVOKE ALL ON FUNCTION engine.check_run_limit(bigint) FROM PUBLIC;
