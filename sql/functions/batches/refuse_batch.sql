-- refuse_batch: raise what is wrong with the shape of a batch, if anything.
--
--   Errors   invalid_batch (not an array of 1 to 10000 objects, an unknown operation or field, a
--            value of the wrong type, what only operators may give, a chain left open)
CREATE OR REPLACE FUNCTION engine.refuse_batch(operations jsonb, privileged boolean)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_flaw text := engine.batch_flaw(operations, privileged);
BEGIN
    IF v_flaw = 'not 1 to 10000 items' THEN
        PERFORM engine.refuse('invalid_batch', json_build_object(
            'reason', v_flaw, 'items', jsonb_array_length(operations)
        ));
    ELSIF v_flaw IS NOT NULL THEN
        PERFORM engine.refuse('invalid_batch', json_build_object('reason', v_flaw));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_batch(jsonb, boolean) IS 'Internal: raises invalid_batch.';
REVOKE ALL ON FUNCTION engine.refuse_batch(jsonb, boolean) FROM PUBLIC;
