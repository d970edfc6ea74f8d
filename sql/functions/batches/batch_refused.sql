-- batch_refused: the result of an item that was refused.
--
--   Returns  the result, with the refusal's name as code and its numbers as detail
CREATE OR REPLACE FUNCTION engine.batch_refused(
    item bigint, operation text, code text, detail json
)
RETURNS bank.batch_result
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_result bank.batch_result;
BEGIN
    v_result := ROW(
        item, 'refused', operation, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, code,
        engine.short_detail(detail)
    );
    RETURN v_result;
END;
$function$;

COMMENT ON FUNCTION engine.batch_refused(bigint, text, text, json) IS
    'Internal: the result of a refused item of a batch.';
REVOKE ALL ON FUNCTION engine.batch_refused(bigint, text, text, json) FROM PUBLIC;
