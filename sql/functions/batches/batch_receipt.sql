-- batch_receipt: the receipt of an item, as its single function would have stored it under a key.
--
--   Returns  the JSON of bank.receipt, bank.transfer_receipt or bank.payment_receipt
CREATE OR REPLACE FUNCTION engine.batch_receipt(
    item engine.batch_item, result bank.batch_result, currency text
)
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN CASE item.operation
        WHEN 'transfer' THEN row_to_json(ROW(
            result.transaction_id, item.payer, item.payee, item.amount, result.balance,
            result.available, currency, result."timestamp"
        )::bank.transfer_receipt)
        WHEN 'pay' THEN row_to_json(ROW(
            result.payment_id, result.transaction_id, item.payer, item.amount, item.fee, item.payee,
            result.balance, result.available, currency, result."timestamp", result.cashback
        )::bank.payment_receipt)
        ELSE row_to_json(ROW(
            result.transaction_id, result.account_id, item.amount, result.balance,
            result.available, currency, result."timestamp"
        )::bank.receipt)
    END;
END;
$function$;

COMMENT ON FUNCTION engine.batch_receipt(engine.batch_item, bank.batch_result, text) IS
    'Internal: the receipt of an item of a batch, as stored under its idempotency key.';
REVOKE ALL ON FUNCTION engine.batch_receipt(engine.batch_item, bank.batch_result, text) FROM PUBLIC;
