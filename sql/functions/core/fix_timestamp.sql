-- fix_timestamp: decide when an operation counts.
--
--   Returns  the given timestamp, else the later of the server clock and the newest leg's time
--   Errors   invalid_timestamp, operator_required, timestamp_in_past
--
-- last_timestamp is the latest of the accounts involved. Called under their locks, so that a
-- transaction which waited does not carry the time at which it began to wait.
CREATE OR REPLACE FUNCTION engine.fix_timestamp(given bigint, last_timestamp bigint)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    -- No SET search_path: every writer passes here.
    IF given IS NULL THEN
        RETURN greatest(engine.now(), last_timestamp);
    END IF;
    PERFORM engine.check_timestamp(given);
    PERFORM engine.require_operator('timestamp');
    IF given < last_timestamp THEN
        PERFORM engine.refuse('timestamp_in_past', json_build_object(
            'timestamp', given, 'last_timestamp', last_timestamp
        ));
    END IF;
    RETURN given;
END;
$function$;

COMMENT ON FUNCTION engine.fix_timestamp(bigint, bigint) IS
    'Internal: the timestamp of an operation in ms; raises invalid_timestamp, operator_required, '
    'timestamp_in_past.';
REVOKE ALL ON FUNCTION engine.fix_timestamp(bigint, bigint) FROM PUBLIC;
