-- batch_timestamp_refusal: what is wrong with the timestamp that an item of a batch gives.
--
--   Returns  the refusal that engine.fix_timestamp would raise, or NULL
CREATE OR REPLACE FUNCTION engine.batch_timestamp_refusal(given bigint, last_timestamp bigint)
RETURNS engine.refusal
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF given NOT BETWEEN 0 AND 9007199254740991 THEN
        RETURN ROW('invalid_timestamp'::text, json_build_object('timestamp', given));
    END IF;
    IF NOT engine.is_operator() THEN
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

COMMENT ON FUNCTION engine.batch_timestamp_refusal(bigint, bigint) IS
    'Internal: what is wrong with a given timestamp (ms), or NULL.';
REVOKE ALL ON FUNCTION engine.batch_timestamp_refusal(bigint, bigint) FROM PUBLIC;
