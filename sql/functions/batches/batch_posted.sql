-- batch_posted: the result of an item, made from the receipt of its operation.
--
--   Returns  the result, with the whole receipt where that says more than the columns of a result
CREATE OR REPLACE FUNCTION engine.batch_posted(
    item bigint, body jsonb, receipt json, status text
)
RETURNS bank.batch_result
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_operation text := body ->> 'operation';
    v bank.batch_result := json_populate_record(NULL::bank.batch_result, receipt);
BEGIN
    v := ROW(
        item, status, v_operation, v.transaction_id, v.payment_id,
        coalesce(v.account_id, body ->> 'source_account_id'), v.balance, v.available,
        v."timestamp", v.cashback,
        CASE WHEN v_operation NOT IN ('deposit', 'withdraw', 'transfer', 'pay') THEN receipt END,
        NULL, NULL
    );
    RETURN v;
END;
$function$;

COMMENT ON FUNCTION engine.batch_posted(bigint, jsonb, json, text) IS
    'Internal: the result of a posted item of a batch, from its receipt.';
REVOKE ALL ON FUNCTION engine.batch_posted(bigint, jsonb, json, text) FROM PUBLIC;
