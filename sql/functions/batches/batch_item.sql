-- batch_item: run one item of a batch through the function of its operation.
--
--   Returns  its result, posted or replayed
--   Writes, Locks, Errors   as bank.deposit, bank.withdraw, bank.transfer, bank.pay
--
-- A replay is found here and not left to that function, which would announce it as one of the whole
-- request. What it would check before is no matter: the first request passed it.
CREATE OR REPLACE FUNCTION engine.batch_item(item engine.batch_item)
RETURNS bank.batch_result
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_result bank.batch_result;
    v_receipt json;
BEGIN
    IF item.idempotency_key IS NOT NULL THEN
        v_result := engine.batch_replay(item);
        IF v_result.status = 'replayed' THEN
            RETURN v_result;
        END IF;
    END IF;
    CASE item.operation
        WHEN 'deposit' THEN
            v_receipt := row_to_json(bank.deposit(
                item.payee, item.amount, item."timestamp", item.metadata, item.idempotency_key
            ));
        WHEN 'withdraw' THEN
            v_receipt := row_to_json(bank.withdraw(
                item.payer, item.amount, item."timestamp", item.metadata, item.idempotency_key
            ));
        WHEN 'transfer' THEN
            v_receipt := row_to_json(bank.transfer(
                item.payer, item.payee, item.amount, item."timestamp", item.metadata,
                item.idempotency_key
            ));
        WHEN 'pay' THEN
            v_receipt := row_to_json(bank.pay(
                item.payer, item.amount, item.payee, item.fee, item."timestamp", item.metadata,
                item.idempotency_key
            ));
    END CASE;
    RETURN engine.batch_posted(item, v_receipt, false);
END;
$function$;

COMMENT ON FUNCTION engine.batch_item(engine.batch_item) IS
    'Internal: runs one item of a batch through the function of its operation.';
REVOKE ALL ON FUNCTION engine.batch_item(engine.batch_item) FROM PUBLIC;
