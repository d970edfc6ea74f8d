-- batch_item: run one item of a batch through the function of its operation.
--
--   Returns  its receipt
--   Writes, Locks, Errors   as that function
--
-- Whoever may not give a timestamp, or call that function, has been refused by engine.batch_flaw.
CREATE OR REPLACE FUNCTION engine.batch_item(body jsonb)
RETURNS json
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v engine.batch_item := jsonb_populate_record(NULL::engine.batch_item, body);
    v_receipt json;
BEGIN
    CASE v.operation
        WHEN 'transfer' THEN
            v_receipt := row_to_json(bank.transfer_at(
                v.source_account_id, v.target_account_id, v.amount, v.value_at, v."timestamp",
                v.metadata, v.idempotency_key
            ));
        WHEN 'deposit' THEN
            v_receipt := row_to_json(bank.deposit_at(
                v.account_id, v.amount, v.value_at, v."timestamp", v.metadata, v.idempotency_key
            ));
        WHEN 'withdraw' THEN
            v_receipt := row_to_json(bank.withdraw_at(
                v.account_id, v.amount, v.value_at, v."timestamp", v.metadata, v.idempotency_key
            ));
        WHEN 'pay' THEN
            v_receipt := row_to_json(bank.pay_at(
                v.account_id, v.amount, v.merchant_account_id, coalesce(v.fee, 0), v.value_at,
                v."timestamp", v.metadata, v.idempotency_key
            ));
        WHEN 'post' THEN
            v_receipt := row_to_json(bank.post_at(
                v.postings, v.refers_to, v.value_at, v."timestamp", v.metadata, v.idempotency_key
            ));
        WHEN 'hold' THEN
            v_receipt := row_to_json(bank.hold_at(
                v.account_id, v.amount, v.expires_at, v.target_account_id, v."timestamp",
                v.metadata, v.idempotency_key
            ));
        WHEN 'capture_hold' THEN
            v_receipt := row_to_json(bank.capture_hold_at(
                v.hold_id, v.amount, coalesce(v.final, true), v.value_at, v."timestamp",
                v.metadata, v.idempotency_key
            ));
        WHEN 'raise_hold' THEN
            v_receipt := row_to_json(bank.raise_hold_at(
                v.hold_id, v.amount, v.expires_at, v."timestamp", v.metadata, v.idempotency_key
            ));
        WHEN 'refund_hold' THEN
            v_receipt := row_to_json(bank.refund_hold_at(
                v.hold_id, v.amount, v.value_at, v."timestamp", v.metadata, v.idempotency_key
            ));
        WHEN 'release_hold' THEN
            v_receipt := row_to_json(bank.release_hold_at(
                v.hold_id, v."timestamp", v.metadata, v.idempotency_key
            ));
        WHEN 'refund_payment' THEN
            v_receipt := row_to_json(bank.refund_payment_at(
                v.payment_id, v.amount, v.value_at, v."timestamp", v.metadata, v.idempotency_key
            ));
        WHEN 'reverse_transaction' THEN
            v_receipt := row_to_json(bank.reverse_transaction(
                v.transaction_id, v.reason, coalesce(v.force, false), v.value_at, v."timestamp",
                v.metadata, v.idempotency_key
            ));
        WHEN 'exchange' THEN
            v_receipt := row_to_json(bank.exchange(
                v.source_account_id, v.target_account_id, v.amount, v.target_amount, v.value_at,
                v."timestamp", v.metadata, v.idempotency_key
            ));
    END CASE;
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION engine.batch_item(jsonb) IS
    'Internal: runs one item of a batch through the function of its operation.';
REVOKE ALL ON FUNCTION engine.batch_item(jsonb) FROM PUBLIC;
