-- _batch_timestamp_refusal: what is wrong with the timestamp that an item of a batch gives.
--
--   Returns  the refusal that bank._fix_timestamp would raise, or NULL
CREATE OR REPLACE FUNCTION bank._batch_timestamp_refusal(given bigint, last_timestamp bigint)
RETURNS bank.refusal
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF given NOT BETWEEN 0 AND 9007199254740991 THEN
        RETURN ROW('invalid_timestamp'::text, json_build_object('timestamp', given));
    END IF;
    IF NOT bank._is_operator() THEN
        RETURN ROW('operator_required'::text, json_build_object('argument', 'timestamp'));
    END IF;
    IF given < last_timestamp THEN
        RETURN ROW('timestamp_in_past'::text, json_build_object(
            'timestamp', given, 'last_timestamp', last_timestamp
        ));
    END IF;
    RETURN NULL;
END;
$function$;

COMMENT ON FUNCTION bank._batch_timestamp_refusal(bigint, bigint) IS
    'Internal: what is wrong with a given timestamp (ms), or NULL.';
REVOKE ALL ON FUNCTION bank._batch_timestamp_refusal(bigint, bigint) FROM PUBLIC;
