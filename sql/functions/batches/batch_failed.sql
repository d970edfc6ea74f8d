-- batch_failed: the results of a chain of which an item was refused.
--
--   Returns  one per item; the one that failed has the code, the others linked_failed
CREATE OR REPLACE FUNCTION engine.batch_failed(
    operations jsonb, first integer, last integer, failed integer, code text, detail json
)
RETURNS bank.batch_result[]
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_results bank.batch_result[] := ARRAY[]::bank.batch_result[];
BEGIN
    FOR v_item IN first..last LOOP
        v_results := v_results || CASE v_item
            WHEN failed THEN engine.batch_refused(
                v_item, operations -> v_item - 1 ->> 'operation', code, detail
            )
            ELSE engine.batch_refused(
                v_item, operations -> v_item - 1 ->> 'operation', 'linked_failed', '{}'
            )
        END;
    END LOOP;
    RETURN v_results;
END;
$function$;

COMMENT ON FUNCTION engine.batch_failed(jsonb, integer, integer, integer, text, json) IS
    'Internal: the results of a chain of a batch of which an item was refused.';
REVOKE ALL ON FUNCTION engine.batch_failed(
    jsonb, integer, integer, integer, text, json
) FROM PUBLIC;
