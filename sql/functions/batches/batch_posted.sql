-- batch_posted: the result of an item, made from the receipt of its operation.
--
--   Returns  the result, posted or replayed
CREATE OR REPLACE FUNCTION engine.batch_posted(
    item engine.batch_item, receipt json, replayed boolean
)
RETURNS bank.batch_result
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_result bank.batch_result := json_populate_record(NULL::bank.batch_result, receipt);
BEGIN
    v_result.item := item.item;
    v_result.status := CASE WHEN replayed THEN 'replayed' ELSE 'posted' END;
    v_result.operation := item.operation;
    v_result.account_id := coalesce(item.payer, item.payee);
    RETURN v_result;
END;
$function$;

COMMENT ON FUNCTION engine.batch_posted(engine.batch_item, json, boolean) IS
    'Internal: the result of a posted item of a batch, from its receipt.';
REVOKE ALL ON FUNCTION engine.batch_posted(engine.batch_item, json, boolean) FROM PUBLIC;
