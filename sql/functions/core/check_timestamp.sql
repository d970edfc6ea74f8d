-- check_timestamp: refuse a time outside 0 to 2^53-1 ms; NULL passes.
--
--   Errors   invalid_timestamp
CREATE OR REPLACE FUNCTION engine.check_timestamp("timestamp" bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF "timestamp" NOT BETWEEN 0 AND 9007199254740991 THEN
        PERFORM engine.refuse('invalid_timestamp', json_build_object('timestamp', "timestamp"));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_timestamp(bigint) IS
    'Internal: raises invalid_timestamp for a time outside 0 to 2^53-1 ms.';
REVOKE ALL ON FUNCTION engine.check_timestamp(bigint) FROM PUBLIC;
