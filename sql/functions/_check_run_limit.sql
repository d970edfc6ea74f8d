-- _check_run_limit: refuse a size of a worker's run outside 1 to 100000; NULL is refused too.
--
--   Errors   invalid_argument
CREATE OR REPLACE FUNCTION bank._check_run_limit("limit" bigint)
RETURNS void
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF ("limit" BETWEEN 1 AND 100000) IS NOT TRUE THEN
        PERFORM bank._refuse('invalid_argument', json_build_object(
            'argument', 'limit', 'value', "limit"
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank._check_run_limit(bigint) IS
    'Internal: raises invalid_argument for a limit of a worker''s run outside 1 to 100000.';
REVOKE ALL ON FUNCTION bank._check_run_limit(bigint) FROM PUBLIC;
