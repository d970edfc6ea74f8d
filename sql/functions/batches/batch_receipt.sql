-- batch_receipt: the receipt of an item, as its single function would have stored it under a key.
--
--   Returns  the JSON of bank.receipt, bank.transfer_receipt or bank.payment_receipt
CREATE OR REPLACE FUNCTION engine.batch_receipt(
    result bank.batch_result, amount bigint, fee bigint, other_account_id text, currency text
)
RETURNS json
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN CASE result.operation
        WHEN 'transfer' THEN row_to_json(ROW(
            result.transaction_id, result.account_id, other_account_id, amount, result.balance,
            result.available, currency, result."timestamp"
        )::bank.transfer_receipt)
        WHEN 'pay' THEN row_to_json(ROW(
            result.payment_id, result.transaction_id, result.account_id, amount, fee,
            other_account_id, result.balance, result.available, currency, result."timestamp",
            result.cashback
        )::bank.payment_receipt)
        ELSE row_to_json(ROW(
            result.transaction_id, result.account_id, amount, result.balance, result.available,
            currency, result."timestamp"
        )::bank.receipt)
    END;
END;
$function$;

COMMENT ON FUNCTION engine.batch_receipt(bank.batch_result, bigint, bigint, text, text) IS
    'Internal: the receipt of an item of a batch, as stored under its idempotency key.';
REVOKE ALL ON FUNCTION engine.batch_receipt(bank.batch_result, bigint, bigint, text, text)
FROM PUBLIC;
