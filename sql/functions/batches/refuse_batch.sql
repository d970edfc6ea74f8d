-- refuse_batch: raise what is wrong with the shape of a batch, if anything.
--
--   Errors   invalid_batch (not an array of 1 to 10000 objects, an unknown operation or field, a
--            value of the wrong type, a chain left open)
CREATE OR REPLACE FUNCTION engine.refuse_batch(operations jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_flaw text;
BEGIN
    IF jsonb_typeof(operations) IS DISTINCT FROM 'array' THEN
        PERFORM engine.refuse('invalid_batch', json_build_object('reason', 'not an array'));
    END IF;
    IF jsonb_array_length(operations) NOT BETWEEN 1 AND 10000 THEN
        PERFORM engine.refuse('invalid_batch', json_build_object(
            'reason', 'not 1 to 10000 items', 'items', jsonb_array_length(operations)
        ));
    END IF;
    v_flaw := engine.batch_flaw(operations);
    IF v_flaw IS NOT NULL THEN
        PERFORM engine.refuse('invalid_batch', json_build_object('reason', v_flaw));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.refuse_batch(jsonb) IS 'Internal: raises invalid_batch.';
REVOKE ALL ON FUNCTION engine.refuse_batch(jsonb) FROM PUBLIC;
