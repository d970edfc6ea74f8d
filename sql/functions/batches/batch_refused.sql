-- batch_refused: the result of an item that was refused.
--
--   Returns  the result, with the refusal's name as code and its numbers as detail
CREATE OR REPLACE FUNCTION engine.batch_refused(item engine.batch_item, code text, detail json)
RETURNS bank.batch_result
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_result bank.batch_result;
BEGIN
    v_result.item := item.item;
    v_result.status := 'refused';
    v_result.operation := item.operation;
    v_result.code := code;
    v_result.detail := engine.short_detail(detail);
    RETURN v_result;
END;
$function$;

COMMENT ON FUNCTION engine.batch_refused(engine.batch_item, text, json) IS
    'Internal: the result of a refused item of a batch.';
REVOKE ALL ON FUNCTION engine.batch_refused(engine.batch_item, text, json) FROM PUBLIC;
