-- refuse_timestamp: raise what is wrong with the time that an operation was given, if anything.
--
--   Errors   invalid_timestamp, timestamp_in_past, timestamp_in_future
--
-- newest is the time of the newest leg of the accounts involved. A time ahead of the clock leads:
-- the account, and whoever it pays, then lives there; so it may be ahead only by what clocks
-- differ, and never further than an account is that is ahead already.
CREATE OR REPLACE FUNCTION engine.refuse_timestamp("timestamp" bigint, newest bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_latest bigint;
BEGIN
    PERFORM engine.check_timestamp(refuse_timestamp."timestamp");
    IF refuse_timestamp."timestamp" < newest THEN
        PERFORM engine.refuse('timestamp_in_past', json_build_object(
            'timestamp', refuse_timestamp."timestamp", 'last_timestamp', newest
        ));
    END IF;
    v_latest := greatest(
        engine.now() + (SELECT s.max_ahead_ms FROM ledger.settings AS s), newest
    );
    IF refuse_timestamp."timestamp" > v_latest THEN
        PERFORM engine.refuse('timestamp_in_future', json_build_object(
            'timestamp', refuse_timestamp."timestamp", 'latest', v_latest
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_timestamp(bigint, bigint) IS
    'Internal: raises invalid_timestamp, timestamp_in_past or timestamp_in_future for a given time '
    '(ms).';
REVOKE ALL ON FUNCTION engine.refuse_timestamp(bigint, bigint) FROM PUBLIC;
