-- hold_number: the number in a hold id.
--
--   Returns  7 for 'hold7'
--   Errors   hold_not_found, for anything that no hold is called
CREATE OR REPLACE FUNCTION engine.hold_number(hold_id text)
RETURNS bigint
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    IF (hold_id ~ '^hold[1-9][0-9]{0,15}$') IS NOT TRUE THEN
        PERFORM engine.refuse('hold_not_found', json_build_object('hold_id', left(hold_id, 64)));
    END IF;
    RETURN substr(hold_id, 5)::bigint;
END;
$function$;

COMMENT ON FUNCTION engine.hold_number(text) IS
    'Internal: 7 for hold7; raises hold_not_found for what no hold is called.';
REVOKE ALL ON FUNCTION engine.hold_number(text) FROM PUBLIC;
