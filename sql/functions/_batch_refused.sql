-- _batch_refused: the result of an item that was refused.
--
--   Returns  the result, with the refusal's name as code and its numbers as detail
CREATE OR REPLACE FUNCTION bank._batch_refused(item bank.batch_item, code text, detail json)
RETURNS bank.batch_result
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_result bank.batch_result;
BEGIN
    v_result.item := item.item;
    v_result.status := 'refused';
    v_result.operation := item.operation;
    v_result.code := code;
    v_result.detail := bank._short_detail(detail);
    RETURN v_result;
END;
$function$;

COMMENT ON FUNCTION bank._batch_refused(bank.batch_item, text, json) IS
    'Internal: the result of a refused item of a batch.';
REVOKE ALL ON FUNCTION bank._batch_refused(bank.batch_item, text, json) FROM PUBLIC;
