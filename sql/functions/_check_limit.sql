-- _check_limit: refuse a page size below 1; NULL means no limit.
--
--   Errors   invalid_argument
CREATE OR REPLACE FUNCTION bank._check_limit("limit" bigint)
RETURNS void
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF "limit" < 1 THEN
        PERFORM bank._refuse(
            'invalid_argument', json_build_object('argument', 'limit', 'value', "limit")
        );
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank._check_limit(bigint) IS
    'Internal: raises invalid_argument for a limit below 1.';
REVOKE ALL ON FUNCTION bank._check_limit(bigint) FROM PUBLIC;
